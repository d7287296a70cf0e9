"""Re-sends rows that wait and rows whose lease has lapsed; runs them itself when there is no broker to send to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from clinic.consults import actions
from clinic.consults.lease import claimable
from clinic.consults.models import Consult, State

log = logging.getLogger(__name__)

WAITS = timedelta(seconds=2)
AGAIN = timedelta(seconds=20)
"""A row that was sent is sent again after this long without a claim: the broker may have lost it."""


def sweep(run: Callable[[UUID], str] | None = None) -> int:
    """One round; returns how many consults were sent or run. `run`: used when the broker is away."""
    moved = 0
    for consult in _waiting():
        if consult.state == State.RUNNING and consult.attempts >= settings.ATTEMPTS:
            actions.exhaust(consult.pk)
        elif actions.send(consult.pk):
            moved += 1
        elif run:
            run(consult.pk)
            moved += 1
    return moved


def _waiting() -> list[Consult]:
    old = Q(state=State.QUEUED, sent_at=None, requested_at__lt=Now() - WAITS) | Q(state=State.QUEUED, sent_at__lt=Now() - AGAIN)
    lapsed = Q(state=State.RUNNING, lease_until__lt=Now())
    return list(Consult.objects.filter(claimable()).filter(old | lapsed).order_by("requested_at")[:50])
