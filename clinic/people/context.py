"""What every page's frame needs: which areas the user may open, and what is unread."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from clinic.people.access import can
from clinic.people.notices import unread

AREAS = (
    ("disagreements:worklist", "Worklist", "disagreement.view"),
    ("cases:list", "Patients", "case.view"),
    ("knowledge:library", "Library", "knowledge.view"),
    ("audit:log", "Decision log", "audit.view"),
    ("system:state", "System", "system.view"),
)


def chrome(request: HttpRequest) -> dict[str, Any]:
    """`areas`: (url name, label) pairs; `unread`: how many notifications."""
    user = getattr(request, "user", None)
    return {"areas": [(name, label) for name, label, act in AREAS if can(user, act)], "unread": unread(user)}
