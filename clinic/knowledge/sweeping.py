"""One round of the sweeper over this app: versions whose day has come, jobs that wait, jobs whose worker has gone silent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from uuid import UUID

from django.db import connections
from django.db.models import Q
from django.db.models.functions import Now

from clinic import leasing
from clinic.knowledge import publishing, queue, reader
from clinic.knowledge.lease import PublishingLease, ReadingLease, free

log = logging.getLogger(__name__)

WAITS = timedelta(seconds=2)
AGAIN = timedelta(seconds=20)
"""A row that was sent is sent again after this long without a claim: the broker may have lost it."""


Kind = type[leasing.Lease]
WORK: dict[Kind, Callable[[UUID], str]] = {ReadingLease: reader.work, PublishingLease: publishing.work}
"""What a worker does with a job."""


def sweep(alone: Callable[[Kind, UUID], bool] | None = None, look: bool = False) -> int:
    """Returns how many jobs were sent or begun. `alone`: begins a job here, used when the broker is away. `look`: see ask_if_needed."""
    publishing.ask_if_needed(look)
    moved = 0
    for kind, asked in ((ReadingLease, "uploaded_at"), (PublishingLease, "requested_at")):
        for pk in _waiting(kind, asked):
            moved += queue.send(kind, pk) or bool(alone and alone(kind, pk))
    return moved


class Aside:
    """A thread of the sweeper that reads and publishes while there is no broker: one job at a time, and no consult waits for it."""

    def __init__(self) -> None:
        self._thread: Thread | None = None

    def begin(self, kind: Kind, pk: UUID) -> bool:
        """False while another job is at work; the sweeper asks again."""
        if self._thread and self._thread.is_alive():
            return False
        self._thread = Thread(target=_work, args=(kind, pk), name="aside", daemon=True)
        self._thread.start()
        return True

    def wait(self) -> None:
        """Until the job at work has ended."""
        if self._thread:
            self._thread.join()


def _work(kind: Kind, pk: UUID) -> None:
    try:
        log.info("%s without a broker: %s", pk, WORK[kind](pk))
    except Exception:
        log.exception("%s could not be done without a broker", pk)
    finally:
        connections.close_all()


def _waiting(kind: Kind, asked: str) -> list[UUID]:
    unsent = Q(sent_at=None, **{f"{asked}__lt": Now() - WAITS})
    return list(
        kind.rows.filter(free(kind), cancel_asked=False).filter(unsent | Q(sent_at__lt=Now() - AGAIN)).values_list("pk", flat=True)[:20]
    )


def release_here() -> int:
    """For the start of the house: whoever read or published on this machine and is no longer alive holds nothing more."""
    return leasing.release_here(ReadingLease) + leasing.release_here(PublishingLease)
