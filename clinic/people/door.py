"""Letting a request in to a thing, and writing down what was refused or looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from clinic.audit.log import in_turn, record
from clinic.audit.models import Entry
from clinic.people.access import can

SAME_VIEW = timedelta(seconds=60)
"""A page that refreshes itself is one view, not twenty."""


def admit(user: Any, act: str, thing: Any, subject: str) -> None:
    """Lets the user in or raises: 404 for another hospital's things, whose existence is not told; 403 with a sentence otherwise."""
    if can(user, act, thing):
        return
    if getattr(thing, "hospital", user.hospital) != user.hospital:
        refused(user, act, subject)
        raise Http404("There is nothing here.")
    raise PermissionDenied(f"Your role or assignment does not allow this ({act}).")


def refused(user: Any, act: str, subject: str) -> None:
    """Writes a refusal to the log."""
    with in_turn():
        record("access.refused", subject[:120], by=user, asked=act)


def viewed(user: Any, act: str, subject: str) -> None:
    """Writes a view to the log, once a minute for the same person and thing."""
    since = timezone.now() - SAME_VIEW
    with in_turn():
        if not Entry.objects.filter(subject=subject, act=act, actor=user.username, at__gt=since).exists():
            record(act, subject, by=user)
