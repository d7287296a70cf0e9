"""Claiming a consult: which are free, and what a claim writes besides. How a claim holds: clinic/leasing.py."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import Manager, Q
from django.db.models.functions import Coalesce, Now

from clinic import leasing
from clinic.audit.log import in_turn, record
from clinic.consults.models import Consult, State
from clinic.leasing import LeaseLost, holder, until

__all__ = ["Lease", "LeaseLost", "claim", "claimable", "holder", "release_here", "until"]


class Lease(leasing.Lease):
    """A claim on a consult; renewed as tokens come."""

    rows: ClassVar[Manager[Consult]] = Consult.objects
    running: ClassVar[str] = State.RUNNING

    @property
    def consult_id(self) -> UUID:
        return UUID(str(self.pk))


def claimable() -> Q:
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())


def claim(consult_id: UUID, owner: str) -> Lease | None:
    """Takes the consult if nobody has it; None if somebody has, or it has ended."""
    with in_turn():
        lease = leasing.take(Lease, consult_id, owner, claimable(), started_at=Coalesce("started_at", Now()), stage="")
        if lease is None:
            return None
        record("consult.claimed", f"consult:{consult_id}", by="system:worker", fence=lease.fence, owner=owner)
    return lease


def release_here() -> int:
    """Whoever held a consult on this machine and is no longer alive holds it no more."""
    return leasing.release_here(Lease)
