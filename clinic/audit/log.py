"""`record`: one entry per act, written in the transaction of the act. Reading it back: `verify.py`, `reading.py`.

Bodies are canonical JSON (sorted keys, no spaces, UTF-8; the subset of RFC 8785 that strings, integers and booleans need).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from clinic.audit.acts import ACTS
from clinic.audit.merkle import leaf_hash
from clinic.audit.models import Entry

ORIGIN = "0" * 64
"""What stands for the chain before entry 0."""

TURN = 0x636F6E73_6C6F67
"""Key of PostgreSQL's advisory lock under which entries are appended."""


@contextmanager
def in_turn() -> Iterator[None]:
    """The transaction of an act: one at a time from its very beginning.

    What it reads before it writes still holds when it writes, and it locks rows only when nobody else can append: two acts that want
    each other's rows, or one's row and the other's turn, never wait in a circle.
    """
    with transaction.atomic():
        _wait_for_turn()
        yield


def record(act: str, subject: str, *, by: Any = None, **details: Any) -> Entry:
    """Appends one entry. Must run inside the transaction of the act (`in_turn`), so that both stand or fall together.

    `by`: a user, or a string such as `system:worker`. `details`: ids, states and digests only.
    """
    if act not in ACTS:
        raise KeyError(f"{act} is not an act of clinic/audit/acts.py")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record must be called inside the transaction of the act")
    _wait_for_turn()
    last = Entry.objects.order_by("-index").first()
    at = timezone.now()
    actor = by if isinstance(by, str) else getattr(by, "username", "") or "anonymous"
    role = getattr(by, "role", "")
    index = last.index + 1 if last else 0
    body = canonical(
        {"act": act, "actor": actor, "at": at.isoformat(), "details": details, "index": index, "role": role, "subject": subject}
    )
    leaf = leaf_hash(body.encode()).hex()
    return Entry.objects.create(
        index=index,
        at=at,
        act=act,
        actor=actor,
        role=role,
        subject=subject,
        body=body,
        leaf=leaf,
        chain=link(last.chain if last else ORIGIN, leaf),
    )


def _wait_for_turn() -> None:
    """One writer at a time until the end of the transaction. SQLite has that already: its transactions begin IMMEDIATE."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def canonical(value: Any) -> str:
    """One JSON text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def link(previous: str, leaf: str) -> str:
    return sha256(bytes.fromhex(previous) + bytes.fromhex(leaf)).hexdigest()


def commitment(value: Any, salt: str) -> str:
    """SHA-256 of a salted canonical JSON: proves later what was sealed without saying it now."""
    return sha256(f"{salt}\0{canonical(value)}".encode()).hexdigest()
