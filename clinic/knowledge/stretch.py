"""Which part of a source the page of a passage shows: all of a short one; of a long one the passage with its surroundings, a stretch
before or after them, the passage's whole section, or the outline. Stretches follow each other without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import QuerySet

from clinic.knowledge.models import PassageRow, SourceVersion
from clinic.knowledge.reading import Block, excerpt, line_after
from retrieval.types import Passage

SHORT = 120
"""Units of a source that is shown whole."""
AROUND = 20
"""Units to either side of the cited one; a stretch before or after them has twice as many."""
REACH = 12_000
"""Characters to either side: units of a page of prose are long."""
MOST = 400
"""Units of a section on one page; a longer one ends with a link to what follows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the source is asked for. `part`: `section`, `outline` or nothing; `first` and `last` are places: forward from, back from."""

    part: str = ""
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A section in the outline. `passage`: its first unit; `units`: how many stand right under it. `here`: the cited one is among them."""

    words: str
    depth: int
    passage: str
    units: int
    here: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is shown: units from place `first` to `last` of `units`, as blocks; or the outline alone."""

    units: int
    first: int
    last: int
    blocks: tuple[Block, ...]
    outline: tuple[Heading, ...] = ()
    part: str = ""
    holds: bool = True
    """The cited unit is among them."""

    @property
    def whole(self) -> bool:
        return not self.outline and self.last - self.first + 1 >= self.units

    @property
    def earlier(self) -> int | None:
        """The last place before it."""
        return self.first - 1 if self.first and not self.outline else None

    @property
    def later(self) -> int | None:
        """The first place after it."""
        return self.last + 1 if self.last + 1 < self.units and not self.outline else None


def stretch(version: SourceVersion, cited: PassageRow, span: tuple[int, int], references: dict[str, str], asked: Asked) -> Stretch:
    """The part asked for. `span`: the characters to mark, where they are in it."""
    rows = version.passages.order_by("place").only("version", "place", "body")
    count = rows.count()
    if asked.part == "outline":
        return Stretch(count, 0, count - 1, (), _outline(rows, cited), asked.part, holds=False)
    chosen = _chosen(rows, count, cited, asked)
    units = [Passage.model_validate(row.body, extra="ignore") for row in chosen]
    first, last = chosen[0].place, chosen[-1].place
    before = rows.filter(place__lt=first).last()
    low = line_after(version.text, before.body["end"], units[0].start) if before else 0
    high = version.text.find("\n", max(one.end for one in units)) if last + 1 < count else -1
    high = len(version.text) if high < 0 else high
    made = excerpt(version.text, low, high, units, span, references)
    return Stretch(count, first, last, made, part=asked.part, holds=first <= cited.place <= last)


def _chosen(rows: QuerySet[PassageRow], count: int, cited: PassageRow, asked: Asked) -> list[PassageRow]:
    """At least one unit, in the order of the source."""
    if count <= SHORT:
        return list(rows)
    if asked.part == "section":
        return _section(rows, cited)
    if asked.first is not None and asked.first >= 0 and (found := list(rows.filter(place__gte=asked.first)[: 2 * AROUND])):
        return _near(found)
    if asked.last is not None and (found := list(rows.filter(place__lte=asked.last).reverse()[: 2 * AROUND])):
        return _near(found)[::-1]
    before = list(rows.filter(place__lte=cited.place).reverse()[: AROUND + 1])
    return _near(before)[:0:-1] + _near(list(rows.filter(place__gte=cited.place)[: AROUND + 1]))


def _near(found: Sequence[PassageRow]) -> list[PassageRow]:
    """Those within reach of the first."""
    return [one for one in found if abs(one.body["start"] - found[0].body["start"]) <= REACH]


def _section(rows: QuerySet[PassageRow], cited: PassageRow) -> list[PassageRow]:
    """The units around the cited one that stand under the same headings."""
    before = list(rows.filter(place__lt=cited.place).reverse()[:MOST])
    after = list(rows.filter(place__gt=cited.place)[:MOST])
    return [*_alike(before, cited)[: MOST // 2][::-1], cited, *_alike(after, cited)[: MOST // 2]]


def _alike(found: Sequence[PassageRow], cited: PassageRow) -> list[PassageRow]:
    other = next((n for n, one in enumerate(found) if one.body["section"] != cited.body["section"]), len(found))
    return list(found[:other])


def _outline(rows: QuerySet[PassageRow], cited: PassageRow) -> tuple[Heading, ...]:
    """One line for each heading that has units under it, in the order of the source, outer headings before the first inner one."""
    made: list[Heading] = []
    above: list[str] = []
    for section, run in groupby(rows.values_list("pk", "place", "body__section"), key=lambda row: row[2] or ["Before the first heading"]):
        units = list(run)
        first, here = units[0][0], units[0][1] <= cited.place <= units[-1][1]
        same = next((n for n, (old, new) in enumerate(zip(above, section, strict=False)) if old != new), len(above))
        made += [Heading(words, depth, first, 0, False) for depth, words in enumerate(section[:-1], 1) if depth > same]
        made.append(Heading(section[-1], len(section), first, len(units), here))
        above = section
    return tuple(made)
