"""Claiming a consult by compare-and-set, with a fence and a lease in the database's own time (promises.md J4, J5).

Works alike on SQLite and PostgreSQL; a worker whose fence is old can write nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
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
    """A claim on a consult. `renew` is called as tokens progress and writes at most every quarter of the lease."""

    consult_id: UUID
    fence: int
    renewed: float = field(default_factory=time.monotonic)

    def mine(self) -> Q:
        return Q(pk=self.consult_id, fence=self.fence, state=State.RUNNING)

    def renew(self, force: bool = False) -> None:
        """Raises LeaseLost if the row is no longer ours or a user asked to stop."""
        if not force and time.monotonic() - self.renewed < settings.LEASE_SECONDS / 4:
            return
        if not Consult.objects.filter(self.mine(), cancel_asked=False).update(lease_until=until(settings.LEASE_SECONDS)):
            raise LeaseLost(f"the lease {self.fence} of consult {self.consult_id} is gone")
        self.renewed = time.monotonic()


def until(seconds: float) -> ExpressionWrapper:
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
