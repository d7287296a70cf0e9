"""An upload as the arbiter will see it: its text with the units marked, and its units as a list, a stretch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from clinic.knowledge.mending import Unit
from clinic.knowledge.reading import Block, excerpt, line_after
from retrieval.document import Document
from retrieval.types import UnitKind

STRETCH = 40
"""Units on one page of the preview."""
LONGEST = 60_000
"""Characters of text beside them."""


@dataclass(frozen=True, slots=True)
class Lettered:
    """A block of the source's text beside the unit that was made of it."""

    block: Block
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class Preview:
    """One stretch. `show`: `text` for all units beside their text, a kind for the units of this kind alone."""

    show: str
    shown: tuple[Unit, ...]
    text: tuple[Lettered, ...]
    kinds: tuple[tuple[str, int], ...]
    all: int
    dropped: int
    demoted: int
    sections: dict[tuple[str, ...], int]
    page: int
    pages: int

    @property
    def kept(self) -> int:
        return self.all - self.dropped

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1 if self.page < self.pages else 0


def preview(document: Document, found: Sequence[Unit], show: str = "text", page: int = 1) -> Preview:
    """The stretch asked for, or the nearest there is. `found`: the document's units."""
    counts = Counter(str(one.passage.kind) for one in found if not one.dropped)
    show = show if show in (*UnitKind, "corrected") else "text"
    wanted = (
        found
        if show == "text"
        else [one for one in found if one.mark]
        if show == "corrected"
        else [one for one in found if one.passage.kind == show]
    )
    pages = max(1, -(-len(wanted) // STRETCH))
    page = min(max(page, 1), pages)
    shown = tuple(wanted[(page - 1) * STRETCH : page * STRETCH])
    return Preview(
        show=show,
        shown=shown,
        text=lettered(document, shown) if show == "text" and shown else (),
        kinds=tuple((str(kind), counts[str(kind)]) for kind in UnitKind if counts[str(kind)]),
        all=len(found),
        dropped=sum(one.dropped for one in found),
        demoted=sum(one.demoted for one in found),
        sections=Counter(one.passage.section for one in found),
        page=page,
        pages=pages,
    )


def lettered(document: Document, shown: Sequence[Unit]) -> tuple[Lettered, ...]:
    """The text from the first of these units to the last, cut to blocks, each beside its unit."""
    text, first = document.text, shown[0]
    low = line_after(text, document.passages[first.place - 1].end, first.passage.start) if first.place else document.body_start
    high = min(max(one.passage.end for one in shown), low + LONGEST)
    read = [document.passages[one.place] for one in shown]
    by_id = {passage.id: unit for passage, unit in zip(read, shown, strict=True)}
    return tuple(Lettered(one, by_id.get(one.passage)) for one in excerpt(text, low, high, read, references=document.meta.references))
