"""Takes a Sample of the house and of each model host every few seconds, for the plots; what is older than a day is forgotten."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from clinic.consults import gauges
from clinic.consults.models import Sample

log = logging.getLogger(__name__)

EVERY_S = 10.0
KEPT = timedelta(hours=24)
PRUNED_EVERY = 360
"""Looks: once an hour."""
OF_A_HOST = (
    "up", "slots", "slots_busy", "tokens_per_second", "first_token_seconds_p50", "first_token_seconds_p95", "between_tokens_seconds_p99",
    "think_tokens_mean", "resident_bytes", "crashes", "recycled",
)  # fmt: skip
"""What is kept of a host's metrics."""


def take() -> None:
    """One row for the house, one for each host."""
    now = timezone.now()
    rows = [Sample(at=now, figures=gauges.house())]
    for model, said in gauges.model_hosts().items():
        rows.append(Sample(at=now, host=model, figures={name: round(said[name], 4) for name in OF_A_HOST if name in said}))
    Sample.objects.bulk_create(rows)


def prune() -> int:
    """Forgets what is older than a day; returns how many rows."""
    return Sample.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def begin() -> threading.Thread:
    """Takes samples beside the caller for as long as its process lives."""
    thread = threading.Thread(target=_go_on, name="sampling", daemon=True)
    thread.start()
    return thread


def _go_on() -> None:
    looks = 0
    while True:
        started = time.monotonic()
        try:
            take()
            if looks % PRUNED_EVERY == 0:
                prune()
        except DatabaseError as error:
            log.warning("no sample this time: %s", error)
            connection.close()
        looks += 1
        time.sleep(max(1.0, EVERY_S - (time.monotonic() - started)))
