"""Recomputes the whole log. Finds edits, deletions, insertions and reordering by itself; a log that was cut short or rewritten
from some entry on and chained anew is found against a root that was noted before (`Known`).

Roots noted outside this database are the stronger half: signed checkpoints and their witness are to hand them in here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.audit.log import ORIGIN, link
from clinic.audit.merkle import Tree, leaf_hash
from clinic.audit.models import Entry

COLUMNS = ("index", "at", "act", "actor", "role", "subject")
"""What is shown of an entry and also stands in its hashed body."""


@dataclass(frozen=True, slots=True)
class Known:
    """A root seen earlier: the log had `size` entries then."""

    size: int
    root: str

    @classmethod
    def parse(cls, text: str) -> Known:
        """From `SIZE:ROOT`, as verification prints it. ValueError says what is wrong."""
        size, _, root = text.strip().partition(":")
        if not size.isascii() or not size.isdigit() or len(root) != 64 or set(root.lower()) - set("0123456789abcdef"):
            raise ValueError("An earlier root is written SIZE:ROOT, the number of entries and 64 hex digits.")
        return cls(int(size), root.lower())

    def __str__(self) -> str:
        return f"{self.size}:{self.root}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What verification found wrong, and at which entry."""

    index: int
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a verification. `root` is the Merkle root over the leaves of all bodies read, `head` the last chain value, hex."""

    entries: int
    root: str
    head: str
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        return not self.faults


def verify(known: Sequence[Known] = (), most_faults: int = 20) -> Report:
    """Recomputes every leaf, link and column; stops after `most_faults`, the root then covers what was read until there."""
    tree, previous, expected = Tree(), ORIGIN, 0
    faults: list[Fault] = []
    roots = {one.size: one for one in known}
    for row in Entry.objects.order_by("index").values_list(*COLUMNS, "body", "leaf", "chain").iterator(2000):
        *shown, body, leaf, chain = row
        faults += _compare(roots, tree)
        leaf_now = leaf_hash(body.encode("utf-8", "surrogatepass"))
        faults += _faults(tuple(shown), body, leaf, chain, leaf_now.hex(), expected, previous)
        tree.append(leaf_now)
        previous, expected = chain, shown[0] + 1
        if len(faults) >= most_faults:
            break
    else:
        faults += _compare(roots, tree)
        faults += [Fault(tree.size, f"the log ends here, but had {one.size} entries before") for one in known if one.size > tree.size]
    return Report(tree.size, tree.root().hex(), previous, tuple(faults[:most_faults]))


def _compare(roots: dict[int, Known], tree: Tree) -> Iterator[Fault]:
    one = roots.get(tree.size)
    if one is not None and tree.root().hex() != one.root:
        yield Fault(max(one.size - 1, 0), f"the first {one.size} entries are not those that had the root {one.root[:16]}…")


def _faults(shown: tuple[object, ...], body: str, leaf: str, chain: str, leaf_now: str, expected: int, previous: str) -> Iterator[Fault]:
    index = shown[0]
    assert isinstance(index, int)
    if index != expected:
        yield Fault(index, "the entry before is missing" if index == expected + 1 else f"entries {expected} to {index - 1} are missing")
    if leaf_now != leaf:
        yield Fault(index, "the body was changed after it was written")
    if not _linked(previous, leaf, chain):
        yield Fault(index, "the chain to the entry before is broken")
    if not _agrees(shown, body):
        yield Fault(index, "the columns differ from the hashed body")


def _linked(previous: str, leaf: str, chain: str) -> bool:
    try:
        return link(previous, leaf) == chain
    except ValueError:
        return False


def _agrees(shown: tuple[object, ...], body: str) -> bool:
    try:
        said = json.loads(body)
    except ValueError:
        return False
    values = (one.isoformat() if isinstance(one, datetime) else one for one in shown)
    return isinstance(said, dict) and all(said.get(name) == value for name, value in zip(COLUMNS, values, strict=True))
