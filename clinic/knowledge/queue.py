"""Putting the ids of waiting jobs on the broker: a hint, for the rows are the jobs and the sweeper sends them again."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db.models.functions import Now

from clinic import leasing
from clinic.celery import app
from clinic.knowledge.lease import PublishingLease, ReadingLease

log = logging.getLogger(__name__)

QUEUE = "ingest"
"""A queue of its own, with a worker of its own: a long reading never stands before a consult."""
TASKS: dict[type[leasing.Lease], str] = {ReadingLease: "ingest.read", PublishingLease: "ingest.publish"}


def send(kind: type[leasing.Lease], pk: UUID) -> bool:
    """False, and no error, when the broker is away."""
    kind.rows.filter(pk=pk).update(sent_at=Now())
    try:
        app.send_task(TASKS[kind], (str(pk),), queue=QUEUE, retry=False, ignore_result=True)
    except Exception as error:  # kombu raises what its transport raises
        log.warning("broker not reached, the sweeper will send %s again: %s", pk, error)
        kind.rows.filter(pk=pk).update(sent_at=None)
        return False
    return True
