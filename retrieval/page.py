"""What a reader hands over: one page of a source as blocks of cleaned text, and what was left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from retrieval.types import Value

Kind = Literal["heading", "item", "table", "paragraph"]


class Block(Value):
    """A heading, a list item, a table or a paragraph, in reading order.

    `text` is clean and on one line; a table's text is a pipe table (`| a | b |`, rule, rows). An item keeps its number (`1.`), not its bullet.
    """

    kind: Kind
    text: str
    level: int = 0
    """1 (the widest) to 6 for headings, 0 for others."""


class Page(Value):
    """One page. Formats without pages give one page with number 1."""

    number: int
    """From 1."""
    pages: int = 0
    """How many there are in all; 0 = not known yet."""
    blocks: tuple[Block, ...]
    removed: tuple[str, ...] = ()
    """What a person would not have seen, as sentences: `41 characters of white text on white`."""
    properties: dict[str, str] = {}
    """What the file says of itself (title, organisation, version, effective, language ...; `reference.<key>`); on the first page given."""


def removals(counts: Mapping[str, int]) -> tuple[str, ...]:
    """`{"comments": 1, "characters of white text on white": 41}` as sentences for `Page.removed`."""
    return tuple(f"{count} {_one(what) if count == 1 else what}" for what, count in sorted(counts.items()) if count)


def _one(what: str) -> str:
    first, space, rest = what.partition(" ")
    return first.removesuffix("s") + space + rest
