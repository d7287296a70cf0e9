"""`record`: one entry per act, written in the transaction of the act. `verify`: recompute everything.

Bodies are canonical JSON (sorted keys, no spaces, UTF-8; the subset of RFC 8785 that strings, integers and booleans need).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.audit.acts import ACTS
from clinic.audit.merkle import Tree, leaf_hash
from clinic.audit.models import Entry

ORIGIN = "0" * 64
"""What stands for the chain before entry 0."""


def record(act: str, subject: str, *, by: Any = None, **details: Any) -> Entry:
    """Appends one entry. Must run inside the transaction of the act, so that both stand or fall together.

    `by`: a user, or a string such as `system:worker`. `details`: ids, states and digests only.
    """
    if act not in ACTS:
        raise KeyError(f"{act} is not an act of clinic/audit/acts.py")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record must be called inside the transaction of the act")
    last = Entry.objects.select_for_update().order_by("-index").first()
    at = timezone.now()
    actor = by if isinstance(by, str) else getattr(by, "username", "") or "anonymous"
    role = getattr(by, "role", "")
    index = last.index + 1 if last else 0
    body = canonical({"act": act, "actor": actor, "at": at.isoformat(), "details": details, "index": index, "role": role, "subject": subject})
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


def canonical(value: Any) -> str:
    """One JSON text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def link(previous: str, leaf: str) -> str:
    return sha256(bytes.fromhex(previous) + bytes.fromhex(leaf)).hexdigest()


def commitment(value: Any, salt: str) -> str:
    """SHA-256 of a salted canonical JSON: proves later what was sealed without saying it now."""
    return sha256(f"{salt}\0{canonical(value)}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """What verification found wrong, and at which entry."""

    index: int
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a verification. `root` is the Merkle root over all leaves, hex."""

    entries: int
    root: str
    head: str
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        return not self.faults


def verify(most_faults: int = 20) -> Report:
    """Recomputes every leaf and link. Detects edits, deletions, insertions and reordering of entries."""
    tree, previous, expected, faults = Tree(), ORIGIN, 0, []
    for entry in Entry.objects.order_by("index").iterator(2000):
        faults += list(_faults(entry, expected, previous))
        tree.append(bytes.fromhex(entry.leaf))
        previous, expected = entry.chain, entry.index + 1
        if len(faults) >= most_faults:
            break
    return Report(tree.size, tree.root().hex(), previous, tuple(faults[:most_faults]))


def _faults(entry: Entry, expected: int, previous: str) -> Iterator[Fault]:
    if entry.index != expected:
        yield Fault(entry.index, f"entries {expected} to {entry.index - 1} are missing")
    if leaf_hash(entry.body.encode()).hex() != entry.leaf:
        yield Fault(entry.index, "the body was changed after it was written")
    if link(previous, entry.leaf) != entry.chain:
        yield Fault(entry.index, "the chain to the entry before is broken")
    body = json.loads(entry.body)
    shown = {"act": entry.act, "actor": entry.actor, "subject": entry.subject, "index": entry.index, "role": entry.role, "at": entry.at.isoformat()}
    if any(body.get(key) != value for key, value in shown.items()):
        yield Fault(entry.index, "the columns differ from the hashed body")
