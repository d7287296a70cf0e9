"""Joins pages to one text and cuts it into the units that are cited. Pure.

The text is Markdown (`## heading`, `- item`, pipe tables), so that one page shows every format; all spans count its characters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import regex

from retrieval.document import Document, Meta
from retrieval.errors import SourceInvalid
from retrieval.furniture import Placed, running
from retrieval.grading import Badge, Grade, badge, certainty_of, graded, is_grade, strength_of
from retrieval.page import Page
from retrieval.populations import population
from retrieval.readers import cutting, tables
from retrieval.readers.blocks import Block
from retrieval.types import Certainty, Passage, Strength, UnitKind

_DEFINED = regex.compile(
    r"\*\*(?=\S)|[\p{L}\p{N} ()/-]{2,80}?(?: (?:is|are) defined as| (?:refers|refer) to| means |\s?(?:란|이란) |是指|定义为)"
)
_DEFINITIONS = regex.compile(
    r"definitions?|glossary|terms(?: and definitions)?|abbreviations|정의|용어|용어 정의|약어|定义|术语|术语和定义|缩略语", regex.IGNORECASE
)
_UNCITED = regex.compile(
    r"references?|reference list|list of references|bibliography|literature cited|works cited|(?:table of )?contents|참고 ?문헌|목차|차례|参考文献|參考文獻|目\s*[录錄]",
    regex.IGNORECASE,
)
"""Sections that stay readable and give no units: titles of papers speak like recommendations, and a table of contents says nothing."""
_ORDINAL = regex.compile(r"\(?\d{1,3}(?:\.\d{1,3})*[.)]\s")
_TEXT_HEAD = regex.compile(r"recommendation|statement|권고|추천|推荐", regex.IGNORECASE)
_STRENGTH_HEAD = regex.compile(r"class|\bCOR\b|strength|grade|category|등급|강도|强度|等级|类别", regex.IGNORECASE)
_CERTAINTY_HEAD = regex.compile(r"level|\bLOE\b|certainty|quality|evidence|근거|证据", regex.IGNORECASE)


@dataclass
class _Cutting:
    """State while the blocks are cut. `base` is the level of the widest section."""

    meta: Meta
    text: str
    paged: bool
    base: int
    headings: list[tuple[int, str]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    badge: Badge | None = None
    """What stood alone just before: it belongs to the next words."""

    @property
    def section(self) -> tuple[str, ...]:
        return tuple(title for _, title in self.headings)

    def page(self, placed: _Span) -> int | None:
        return placed.page if self.paged else None


@dataclass(frozen=True)
class _Span:
    """A block's own words in the text: without `## ` and `- `."""

    placed: Placed
    start: int
    end: int

    @property
    def page(self) -> int:
        return self.placed.page


def assemble(pages: Sequence[Page], meta: Meta) -> Document:
    """The whole source. References in the file's own front matter count beside those of `meta`. Raises SourceInvalid if nothing is left."""
    own = {key.removeprefix("reference."): text for page in pages for key, text in page.properties.items() if key.startswith("reference.")}
    meta = meta.model_copy(update={"references": own | meta.references})
    blocks = running(pages)
    text, spans = _written(blocks)
    first_level = [one.block.text for one in blocks if one.block.kind == "heading" and one.block.level <= 1]
    reading = _Cutting(meta, text, len({one.page for one in blocks}) > 1 or len(pages) > 1, 2 if len(first_level) == 1 else 1)
    for span in spans:
        if span.placed.block.kind == "heading" or not _uncited(reading.section):
            _MEANING[span.placed.block.kind](reading, span)
    if not reading.passages:
        raise SourceInvalid(meta.id, "no text that could be cited", remedy="Choose another file, or one with a text layer.")
    return Document(meta=meta, text=text, passages=tuple(cutting.tables_referred(reading.passages)))


def _uncited(section: tuple[str, ...]) -> bool:
    return bool(section) and bool(_UNCITED.fullmatch(section[-1].strip(" .:0123456789")))


def _written(blocks: Sequence[Placed]) -> tuple[str, list[_Span]]:
    """The text, and where in it each block's words stand."""
    parts: list[str] = []
    spans: list[_Span] = []
    at = 0
    for placed in blocks:
        block = placed.block
        if not block.text.strip():
            continue
        lead = "#" * max(block.level, 1) + " " if block.kind == "heading" else ""
        if block.kind == "item" and not _ORDINAL.match(block.text):
            lead = "- "
        parts += [lead, block.text, "\n\n"]
        spans.append(_Span(placed, at + len(lead), at + len(lead) + len(block.text)))
        at = spans[-1].end + 2
    return "".join(parts), spans


def _heading(reading: _Cutting, span: _Span) -> None:
    level = span.placed.block.level
    reading.badge = badge(span.placed.block.text)
    while reading.headings and reading.headings[-1][0] >= level:
        reading.headings.pop()
    if level >= reading.base:
        reading.headings.append((level, span.placed.block.text))


def _prose(reading: _Cutting, span: _Span) -> None:
    raw = reading.text[span.start : span.end]
    if before := badge(raw):
        reading.badge = _joined(reading.badge, before)
        return
    grade = _graded(reading, raw, span.placed.block.kind == "item")
    if grade:
        _recommendation(reading, span, grade)
        return
    keys = cutting.keys_in(raw, reading.meta.references)
    if reading.meta.references and not reading.section and not keys:
        return  # a disclaimer under the title
    titled = bool(reading.section) and bool(_DEFINITIONS.fullmatch(reading.section[-1].strip(" .:0123456789")))
    kind = UnitKind.DEFINITION if titled or _DEFINED.match(raw) else UnitKind.NARRATIVE
    page = reading.page(span)
    made = cutting.narrative(reading.meta, reading.text, span.start, span.end, reading.section, kind, page=page)
    if not made and keys and reading.passages and reading.passages[-1].kind is UnitKind.TABLE:
        reading.passages[-1] = cutting.referred(reading.passages[-1], cutting.resolve(keys, reading.meta.references))
    reading.passages += made


def _graded(reading: _Cutting, raw: str, item: bool) -> Grade | None:
    """By its own words, and by what stood alone before it."""
    grade, before = graded(raw, reading.section, item), reading.badge
    reading.badge = None
    if before is None:
        return grade
    if grade is None:
        return Grade(before.label, before.strength, before.certainty, 0, True)
    own = Badge(grade.label, grade.strength if grade.explicit else Strength.UNGRADED, grade.certainty)
    joined = _joined(before, own)
    return grade._replace(label=joined.label, strength=grade.strength if joined.strength is Strength.UNGRADED else joined.strength, certainty=joined.certainty, explicit=True)


def _joined(one: Badge | None, other: Badge) -> Badge:
    """The later one, with what only the earlier one says."""
    if one is None:
        return other
    strength = one.strength if other.strength is Strength.UNGRADED else other.strength
    return Badge(other.label or one.label, strength, one.certainty if other.certainty is Certainty.UNGRADED else other.certainty)


def _recommendation(reading: _Cutting, span: _Span, grade: Grade) -> None:
    references = reading.meta.references
    raw = reading.text[span.start : span.end]
    spans = cutting.cut(reading.text, span.start + grade.start, span.end, references)
    found = [one for one in (cutting.sentence(reading.text, each, references) for each in spans) if one.text]
    if len(found) > 1 and is_grade(found[-1].text):
        found.pop()
    if not found:
        return
    reading.passages.append(
        cutting.make(
            reading.meta, UnitKind.RECOMMENDATION, reading.section, found, label=_free(reading, grade.label), strength=grade.strength,
            certainty=grade.certainty, population=population(found[0].text), page=reading.page(span),
            reference=cutting.resolve(cutting.keys_in(raw, references), references),
        )
    )  # fmt: skip


def _free(reading: _Cutting, label: str) -> str:
    """The label, unless another recommendation has it already."""
    free = label if label not in reading.labels else ""
    reading.labels.add(label)
    return free


def _table(reading: _Cutting, span: _Span) -> None:
    block = Block("table", span.start, span.end, 1)
    try:
        groups = tables.rows(reading.text, block, reading.meta.id, reading.meta.references)
        columns = _columns(reading.text[span.start : span.end])
    except SourceInvalid:
        return _prose(reading, span)  # bars that are no table
    for rows in groups:
        if columns:
            for row in rows:
                _row(reading, span, row, columns)
            continue
        keys = list(dict.fromkeys(key for row in rows for key in row.keys))
        reading.passages.append(
            cutting.make(
                reading.meta, UnitKind.TABLE, reading.section, [row.sentence for row in rows], joint="\n", page=reading.page(span),
                reference=cutting.resolve(keys, reading.meta.references),
            )
        )  # fmt: skip


def _columns(table: str) -> tuple[int, int, int] | None:
    """Of a table of recommendations: the columns of text, strength and certainty (-1 = none)."""
    heads = tables.cells(table.split("\n")[0])
    words = next((n for n, head in enumerate(heads) if _TEXT_HEAD.search(head) and not _grades(head)), -1)
    strength = next((n for n, head in enumerate(heads) if n != words and _STRENGTH_HEAD.search(head)), -1)
    certainty = next((n for n, head in enumerate(heads) if n not in (words, strength) and _CERTAINTY_HEAD.search(head)), -1)
    return (words, strength, certainty) if words >= 0 and max(strength, certainty) >= 0 else None


def _grades(head: str) -> bool:
    """`Class of recommendation`, `Strength of recommendation`: a grade, not the words."""
    return bool(_STRENGTH_HEAD.search(head) or _CERTAINTY_HEAD.search(head))


def _row(reading: _Cutting, span: _Span, row: tables.Row, columns: tuple[int, int, int]) -> None:
    """One row of a table of recommendations; its span is the cell of its words."""
    raw = reading.text[row.sentence.start : row.sentence.end]
    words, strength, certainty = columns
    values = [one.strip() for one in tables.cells(raw)]
    start = row.sentence.start + tables.offset(raw, words)
    spans = cutting.cut(reading.text, start, start + len(tables.cells(raw)[words]), reading.meta.references)
    found = [one for one in (cutting.sentence(reading.text, each, reading.meta.references) for each in spans) if one.text]
    if found:
        reading.passages.append(
            cutting.make(
                reading.meta, UnitKind.RECOMMENDATION, reading.section, found, page=reading.page(span),
                strength=strength_of(values[strength] if strength >= 0 else ""),
                certainty=certainty_of(values[certainty] if certainty >= 0 else ""),
                population=population(found[0].text), reference=cutting.resolve(row.keys, reading.meta.references),
            )
        )  # fmt: skip


_MEANING: dict[str, Callable[[_Cutting, _Span], None]] = {"heading": _heading, "item": _prose, "table": _table, "paragraph": _prose}
