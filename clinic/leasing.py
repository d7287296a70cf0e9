"""A row that is a job: taken by compare-and-set, held under a fence and a lease in the database's own time (promises.md J4, J5).

Works alike on SQLite and PostgreSQL; a worker whose fence is old can write nothing. Which rows are free, and what else a claim
writes, each kind of job says itself: consults/lease.py, knowledge/lease.py.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, F, Manager, Q
from django.db.models.functions import Now


class LeaseLost(RuntimeError):
    """Another worker has the job, or it was cancelled: stop and write nothing."""

    code = "lease_lost"


@dataclass(slots=True)
class Lease:
    """A claim on a job. `renew` is called as the work progresses and writes at most every eighth of the lease, so that a cancel is seen soon."""

    pk: Any
    fence: int
    renewed: float = field(default_factory=time.monotonic)
    rows: ClassVar[Manager[Any]]
    """The jobs' table: fence, attempts, lease_owner, lease_until, cancel_asked, state."""
    running: ClassVar[str]
    """The state of a job that is held."""

    def mine(self) -> Q:
        return Q(pk=self.pk, fence=self.fence, state=self.running)

    def renew(self, force: bool = False, **also: Any) -> None:
        """Raises LeaseLost if the row is no longer ours or a user asked to stop. `also`: written with it."""
        if not force and not also and time.monotonic() - self.renewed < settings.LEASE_SECONDS / 8:
            return
        rows = type(self).rows
        if not rows.filter(self.mine(), cancel_asked=False).update(lease_until=until(settings.LEASE_SECONDS), **also):
            raise LeaseLost(f"the lease {self.fence} of {rows.model._meta.model_name} {self.pk} is gone")
        self.renewed = time.monotonic()


L = TypeVar("L", bound=Lease)


def take(kind: type[L], pk: Any, owner: str, free: Q, **also: Any) -> L | None:
    """Takes the job if it is free; None if somebody has it, or it has ended. Runs in the caller's transaction."""
    taken = kind.rows.filter(free, pk=pk, cancel_asked=False).update(
        state=kind.running,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        lease_owner=owner,
        lease_until=until(settings.LEASE_SECONDS),
        **also,
    )
    return kind(pk, kind.rows.values_list("fence", flat=True).get(pk=pk)) if taken == 1 else None


def until(seconds: float) -> ExpressionWrapper[Any]:
    """The database's time, so many seconds from now."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def holder() -> str:
    """What a worker is called in the row: its machine and process."""
    return f"{platform.node()}:{os.getpid()}"


def release_here(kind: type[Lease]) -> int:
    """Ends the leases of this machine's workers that are no longer alive, so that a restart need not wait for them to lapse."""
    held = kind.rows.filter(state=kind.running, lease_owner__startswith=f"{platform.node()}:")
    dead = [(pk, fence) for pk, fence, owner in held.values_list("pk", "fence", "lease_owner") if not _alive(owner)]
    return sum(kind.rows.filter(pk=pk, fence=fence, state=kind.running).update(lease_until=until(-1)) for pk, fence in dead)


def _alive(owner: str) -> bool:
    try:
        os.kill(int(owner.rpartition(":")[2]), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        pass
    return True
