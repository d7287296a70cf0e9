"""A source's text as blocks for the page, with the cited span marked at its exact characters. Pure: offsets in, runs of text out.

The Markdown here is the little that guidelines use: headings, items, tables, emphasis, reference keys. Text stays text: the template
escapes every run, and nothing of a source becomes markup or a link.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from retrieval.types import Passage, Sentence

HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
ITEM = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+(?:\*\*(?P<label>[^*\n]{1,12})\*\*[ \t]*(?:\((?P<grade>[^)\n]{1,60})\)[ \t]*)?)?")
RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
CELL = re.compile(r"(?<!\\)\|")
INLINE = re.compile(r"\*\*(?=\S)(?P<strong>.+?)(?<=\S)\*\*|`(?P<code>[^`\n]+)`|[ ]?\[(?P<key>\w[\w._:-]*)\]")
FRONT = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)


class Shape(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text. `cited` lies in the marked span, and `first` is where the page jumps to; `key` is a reference's short name."""

    text: str
    cited: bool = False
    first: bool = False
    strong: bool = False
    key: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, item or table. `passage` is the id of the unit that begins in it or covers it."""

    shape: Shape
    runs: tuple[Run, ...] = ()
    level: int = 0
    label: str = ""
    grade: str = ""
    head: tuple[tuple[Run, ...], ...] = ()
    rows: tuple[tuple[tuple[Run, ...], ...], ...] = ()
    passage: str = ""

    @property
    def cited(self) -> bool:
        cells = [run for row in (self.head, *self.rows) for cell in row for run in cell]
        return any(run.cited for run in (*self.runs, *cells))


@dataclass(slots=True)
class _Piece:
    """Lines of one block: where they begin and end in the text."""

    shape: Shape
    start: int
    end: int
    level: int = 0
    label: str = ""
    grade: str = ""
    lines: list[tuple[int, int]] = field(default_factory=list)


def blocks(
    text: str, passages: Sequence[Passage] = (), cited: tuple[int, int] | None = None, references: Mapping[str, str] | None = None
) -> tuple[Block, ...]:
    """The body of a source. `cited`: half-open span of `text` to mark. `references`: what a `[key]` stands for."""
    inline = _Inline(text, cited, references or {})
    spans = sorted((one.start, one.end, one.id) for one in passages)
    labels = {one.id: one.label for one in passages}
    made = []
    for piece in _pieces(text, {start for start, _, _ in spans}):
        passage = _covering(spans, piece.start, piece.end)
        if piece.shape is Shape.TABLE:
            head, *rows = [
                tuple(inline.runs(*cell) for cell in _cells(text, *line)) for line in piece.lines if not _is_rule(text, line)
            ] or [()]
            made.append(Block(Shape.TABLE, head=head, rows=tuple(rows), passage=passage))
        else:
            label, start = piece.label, piece.start
            if piece.shape is Shape.ITEM and not label and (number := labels.get(passage)) and text.startswith(f"{number} ", start):
                label, start = number, start + len(number) + 1  # as the publisher numbers it
            made.append(Block(piece.shape, inline.runs(start, piece.end), piece.level, label, piece.grade, passage=passage))
    return tuple(made)


def excerpt(
    text: str,
    low: int,
    high: int,
    passages: Sequence[Passage] = (),
    cited: tuple[int, int] | None = None,
    references: Mapping[str, str] | None = None,
) -> tuple[Block, ...]:
    """The blocks between two offsets of the text, in which all other offsets count too. A table that is cut keeps its head."""
    head = _table_head(text, low)
    by = low - len(head)
    moved = [one.model_copy(update={"start": one.start - by, "end": one.end - by}) for one in passages]
    return blocks(head + text[low:high], moved, (cited[0] - by, cited[1] - by) if cited else None, references)


def line_after(text: str, end: int, start: int) -> int:
    """Where the line after `end` begins, so that headings between it and a unit at `start` are shown; else the unit's own line."""
    low = text.find("\n", end)
    return low if 0 <= low <= start else text.rfind("\n", 0, start) + 1


def _table_head(text: str, low: int) -> str:
    """The first two lines of the table in whose rows `low` stands."""
    first = low + text.startswith("\n", low)
    top = first
    while top and text.startswith("|", before := text.rfind("\n", 0, top - 1) + 1):
        top = before
    if top == first or not text.startswith("|", first):
        return ""
    head = "\n".join(text[top:first].split("\n", 2)[:2])
    return head if first > low else head + "\n"


def span_of(passage: Passage, sentence: int | None = None, start: int | None = None, end: int | None = None) -> tuple[int, int] | None:
    """The span to mark: a sentence by its number from 1, or characters that touch the passage; None if there is no such place."""
    if sentence is not None:
        return (found.start, found.end) if (found := _nth(passage, sentence)) else None
    if start is None and end is None:
        return passage.start, passage.end
    if start is None or end is None or not passage.start <= start < end <= passage.end:
        return None
    return start, end


def quoted(text: str, passage: Passage, span: tuple[int, int]) -> str:
    """The words of a span as the passage says them (a table's row is said as a sentence), or as the source's characters."""
    if span == (passage.start, passage.end):
        return passage.text
    known = next((one.text for one in passage.sentences if (one.start, one.end) == span), None)
    return known or " ".join(text[span[0] : span[1]].split())


def _nth(passage: Passage, number: int) -> Sentence | None:
    return passage.sentences[number - 1] if 1 <= number <= len(passage.sentences) else None


def _pieces(text: str, unit_starts: set[int]) -> Iterator[_Piece]:
    """Lines joined to blocks; a line on which a passage begins starts a block of its own."""
    front = FRONT.match(text)
    open_piece: _Piece | None = None
    for start, end in _lines(text, front.end() if front else 0):
        line = text[start:end]
        if not line.strip():
            shape = None
        elif found := HEADING.match(line):
            yield from [open_piece] if open_piece else []
            open_piece = None
            yield _Piece(Shape.HEADING, start + found.end(), end, level=len(found[1]))
            continue
        elif line.lstrip().startswith("|"):
            shape = Shape.TABLE
        elif (found := ITEM.match(line)) and found.end():
            shape = Shape.ITEM
        else:
            shape = Shape.PARAGRAPH
        joins = open_piece is not None and (
            (shape is Shape.TABLE and open_piece.shape is Shape.TABLE)
            or (shape is Shape.PARAGRAPH and open_piece.shape is not Shape.TABLE and start not in unit_starts)
        )
        if joins and open_piece:
            open_piece.end = end
            open_piece.lines.append((start, end))
            continue
        yield from [open_piece] if open_piece else []
        open_piece = None
        if shape is Shape.ITEM:
            assert found
            open_piece = _Piece(shape, start + found.end(), end, label=found["label"] or "", grade=found["grade"] or "")
        elif shape:
            open_piece = _Piece(shape, start, end, lines=[(start, end)])
    yield from [open_piece] if open_piece else []


def _lines(text: str, start: int) -> Iterator[tuple[int, int]]:
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _is_rule(text: str, line: tuple[int, int]) -> bool:
    return bool(RULE.match(text[line[0] : line[1]].strip()))


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of a table row's cells, without the bars and the spaces around."""
    bars = [start + bar.start() for bar in CELL.finditer(text[start:end])]
    edges = bars if text[start:end].rstrip().endswith("|") else [*bars, end]
    return [_trim(text, left + 1, right) for left, right in zip(edges, edges[1:], strict=False)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    raw = text[start:end]
    return start + len(raw) - len(raw.lstrip()), max(start + len(raw.rstrip()), start + len(raw) - len(raw.lstrip()))


def _covering(spans: list[tuple[int, int, str]], start: int, end: int) -> str:
    """The passage that overlaps the block, the earliest first."""
    place = bisect_right(spans, (start, len(spans) and spans[-1][1] + 1, ""))
    for low, high, name in spans[max(place - 1, 0) :]:
        if low >= end:
            break
        if high > start:
            return name
    return ""


class _Inline:
    """Cuts a span of the text into runs: emphasis, reference keys, and the cited part."""

    def __init__(self, text: str, cited: tuple[int, int] | None, references: Mapping[str, str]) -> None:
        self._text, self._cited, self._references = text, cited, references
        self._jumped = False

    def runs(self, start: int, end: int) -> tuple[Run, ...]:
        made: list[Run] = []
        at = start
        for found in INLINE.finditer(self._text, start, end):
            if found["key"] and found["key"] not in self._references:
                continue
            made += self._plain(at, found.start())
            name = str(found.lastgroup)
            if name == "key":
                made.append(Run(found["key"], key=True, title=self._references[found["key"]]))
            else:
                made += self._plain(*found.span(name), strong=name == "strong")
            at = found.end()
        return tuple(made + self._plain(at, end))

    def _plain(self, start: int, end: int, strong: bool = False) -> list[Run]:
        """At most three runs: before, in and after the cited span."""
        low, high = self._cited or (end, end)
        cuts = sorted({start, end, *(cut for cut in (low, high) if start < cut < end)})
        made = []
        for left, right in zip(cuts, cuts[1:], strict=False):
            inside = low <= left and right <= high
            made.append(Run(self._text[left:right].replace("\n", " "), inside, inside and not self._jumped, strong))
            self._jumped = self._jumped or inside
        return made
