"""What the keeper of the model hosts writes down, and what the pages read of it: which host runs, since when, how often it was started again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from clinic.consults.models import Host

GONE = timedelta(seconds=60)
"""A keeper that has not looked for so long is not there."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at a host. `crashes` and `recycled`: how often since the keeper began."""

    pid: int | None = None
    ready: bool = False
    says: str = ""
    crashes: int = 0
    recycled: int = 0


def note(model: str, now: Sight, before: Sight) -> None:
    """Writes a look. The row's counters go on over the keeper's own restarts."""
    Host.objects.get_or_create(model=model)
    Host.objects.filter(model=model).update(
        pid=now.pid,
        ready=now.ready,
        says=now.says,
        kept=True,
        crashes=F("crashes") + now.crashes - before.crashes,
        recycled=F("recycled") + now.recycled - before.recycled,
        seen=timezone.now(),
    )


def let_go(model: str) -> None:
    """Its host is not meant to run any more."""
    Host.objects.filter(model=model).update(pid=None, ready=False, kept=False, says="", seen=timezone.now())


def kept() -> tuple[Host, ...]:
    """The hosts that a living keeper means to run."""
    return tuple(Host.objects.filter(kept=True, seen__gt=timezone.now() - GONE).order_by("model"))
