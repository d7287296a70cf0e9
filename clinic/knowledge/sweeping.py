"""One round of the sweeper over this app: versions whose day has come, jobs that wait, jobs whose worker has gone silent."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from clinic import leasing
from clinic.knowledge import publishing, queue
from clinic.knowledge.lease import PublishingLease, ReadingLease, free

WAITS = timedelta(seconds=2)
AGAIN = timedelta(seconds=20)
"""A row that was sent is sent again after this long without a claim: the broker may have lost it."""


def sweep() -> int:
    """Returns how many jobs were sent. Without a broker they wait: reading and publishing are no emergencies."""
    publishing.ask_if_needed()
    return sum(
        queue.send(kind, pk)
        for kind, asked in ((ReadingLease, "uploaded_at"), (PublishingLease, "requested_at"))
        for pk in _waiting(kind, asked)
    )


def _waiting(kind: type[leasing.Lease], asked: str) -> list[UUID]:
    unsent = Q(sent_at=None, **{f"{asked}__lt": Now() - WAITS})
    return list(
        kind.rows.filter(free(kind), cancel_asked=False).filter(unsent | Q(sent_at__lt=Now() - AGAIN)).values_list("pk", flat=True)[:20]
    )


def release_here() -> int:
    """For the start of the house: whoever read or published on this machine and is no longer alive holds nothing more."""
    return leasing.release_here(ReadingLease) + leasing.release_here(PublishingLease)
