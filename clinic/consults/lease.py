"""Claiming a consult by compare-and-set, with a fence and a lease in the database's own time (promises.md J4, J5).

Works alike on SQLite and PostgreSQL; a worker whose fence is old can write nothing.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce, Now

from clinic.audit.log import record
from clinic.consults.models import Consult, State


class LeaseLost(RuntimeError):
    """Another worker has the consult, or it was cancelled: stop and write nothing."""

    code = "lease_lost"


@dataclass(slots=True)
class Lease:
    """A claim on a consult. `renew` is called as tokens progress and writes at most every eighth of the lease, so that a cancel is seen within 3 s."""

    consult_id: UUID
    fence: int
    renewed: float = field(default_factory=time.monotonic)

    def mine(self) -> Q:
        return Q(pk=self.consult_id, fence=self.fence, state=State.RUNNING)

    def renew(self, force: bool = False) -> None:
        """Raises LeaseLost if the row is no longer ours or a user asked to stop."""
        if not force and time.monotonic() - self.renewed < settings.LEASE_SECONDS / 8:
            return
        if not Consult.objects.filter(self.mine(), cancel_asked=False).update(lease_until=until(settings.LEASE_SECONDS)):
            raise LeaseLost(f"the lease {self.fence} of consult {self.consult_id} is gone")
        self.renewed = time.monotonic()


def until(seconds: float) -> ExpressionWrapper[Any]:
    """The database's time, so many seconds from now."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def claimable() -> Q:
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())


def claim(consult_id: UUID, owner: str) -> Lease | None:
    """Takes the consult if nobody has it; None if somebody has, or it has ended."""
    with transaction.atomic():
        taken = Consult.objects.filter(claimable(), pk=consult_id, cancel_asked=False).update(
            state=State.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_owner=owner,
            lease_until=until(settings.LEASE_SECONDS),
            started_at=Coalesce(F("started_at"), Now()),
            stage="",
        )
        if taken != 1:
            return None
        fence = Consult.objects.values_list("fence", flat=True).get(pk=consult_id)
        record("consult.claimed", f"consult:{consult_id}", by="system:worker", fence=fence, owner=owner)
    return Lease(consult_id, fence)


def holder() -> str:
    """What a worker is called in the row: its machine and process."""
    return f"{platform.node()}:{os.getpid()}"


def release_here() -> int:
    """Ends the leases of this machine's workers that are no longer alive, so that a restart need not wait for them to lapse."""
    held = Consult.objects.filter(state=State.RUNNING, lease_owner__startswith=f"{platform.node()}:")
    dead = [(pk, fence) for pk, fence, owner in held.values_list("pk", "fence", "lease_owner") if not _alive(owner)]
    return sum(Consult.objects.filter(pk=pk, fence=fence, state=State.RUNNING).update(lease_until=until(-1)) for pk, fence in dead)


def _alive(owner: str) -> bool:
    try:
        os.kill(int(owner.rpartition(":")[2]), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        pass
    return True
