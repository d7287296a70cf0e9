"""A log with entries, and the hand of someone who bypasses the application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from clinic.audit import fence
from clinic.audit.log import record
from clinic.audit.models import Entry

ACTED = (
    "disagreement.opened",
    "opinion.sealed",
    "opinion.sealed",
    "opinion.revealed",
    "consult.requested",
    "consult.advised",
    "decision.made",
)


def some_entries(count: int = 12) -> list[Entry]:
    """Entries of a disagreement's life, over and over."""
    with transaction.atomic():
        return [record(ACTED[n % len(ACTED)], f"disagreement:{n // len(ACTED):04x}", by="dr-adeyemi", step=n) for n in range(count)]


@contextmanager
def as_database_administrator() -> Iterator[Any]:
    """A cursor with the fence lowered; it stands again afterwards."""
    fence.lower_fence(connection)
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        fence.raise_fence(connection)
