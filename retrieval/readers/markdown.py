"""Guidelines in Markdown: recommendations, tables, definitions and narrative become passages with exact spans.

Lines are grouped into blocks (`blocks.py`); this file says what each block means. HTML is taken out before anything is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import regex

from retrieval import page
from retrieval.cleaning import hidden_characters
from retrieval.document import Document, Meta
from retrieval.errors import SourceInvalid
from retrieval.readers import cutting, front_matter, tables
from retrieval.readers.blocks import Block, blocks
from retrieval.types import Certainty, Passage, Strength, UnitKind

_RECOMMENDATION = regex.compile(
    r"[ \t]*- \*\*(R\d+)\*\* \((strong|conditional|good practice), ?(high|moderate|low|very low|ungraded)\) +(?=\S)"
)
_LOOKS_LIKE_ONE = regex.compile(r"\s*(?:[-*+] )?\**R\d+\**[ .:(]")
_FORM = "Write `- **R1** (strong|conditional|good practice, high|moderate|low|very low|ungraded) text [reference-key]`."
_DEFINITIONS = frozenset(
    ("definition", "definitions", "terms", "glossary", "정의", "용어", "용어 정의", "定义", "术语", "术语定义", "术语和定义")
)
_LEAD = regex.compile(r"[ \t]*(?:(?:[-+*]|\d{1,3}[.)])[ \t]+|>[ \t]?)*")
_BULLET = regex.compile(r"\A[ \t]*[-*+][ \t]+")
_NEXT_TERM = regex.compile(r"(?<=\n)[ \t]*\*\*(?=\S)")
_HIDDEN = regex.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|noscript|iframe|svg)\b.*?(?:</\1\s*>|\Z)", regex.DOTALL | regex.IGNORECASE
)
_TAG = regex.compile(
    r"</?(?:a|b|i|u|p|br|hr|em|div|img|span|strong|small|sub|sup|table|tr|td|th|ul|ol|li|h[1-6]|details|summary|input|form|button|object|embed|link|meta|font|center|code|pre|mark|del|ins)\b[^<>]*>",
    regex.IGNORECASE,
)


@dataclass
class _Reading:
    """State while the blocks of one source are read."""

    meta: Meta
    text: str
    name: str
    section: tuple[str, ...] = ()
    passages: list[Passage] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)

    def invalid(self, block: Block, problem: str, remedy: str) -> SourceInvalid:
        return SourceInvalid(self.name, problem, line=block.line, remedy=remedy)


def read(data: bytes, name: str) -> Document:
    """Reads a guideline in the format of `fixtures/guidelines`."""
    meta, text, body_start = front_matter.split(without_html(front_matter.decode(data, name)), name)
    reading = _Reading(meta, text, name)
    for block in blocks(text, body_start):
        _MEANING[block.kind](reading, block)
    if not reading.passages:
        raise SourceInvalid(name, "no recommendation, table, definition or narrative", remedy="Add the text of the guideline.")
    return Document(meta=meta, text=text, body_start=body_start, passages=tuple(cutting.tables_referred(reading.passages)))


def pages(data: bytes, name: str, first: int) -> Iterator[page.Page]:
    """The blocks of any Markdown file as one page; front matter, if there is some, becomes properties."""
    raw = front_matter.raw(data, name)
    cleaned = front_matter.decode(data, name)
    text = without_html(cleaned)
    removed = page.removals(hidden_characters(raw) + _markup(cleaned))
    properties, body_start = front_matter.properties(text, name)
    made = [_given(text[one.start : one.end], one.kind) for one in blocks(text, body_start)]
    yield page.Page(number=1, pages=1, blocks=tuple(made), removed=removed, properties=properties)


def _given(raw: str, kind: page.Kind) -> page.Block:
    if kind == "heading":
        return page.Block(kind=kind, text=" ".join(raw.strip("# \t").split()), level=len(raw) - len(raw.lstrip("#")))
    if kind == "table":
        return page.Block(kind=kind, text=raw)
    return page.Block(kind=kind, text=" ".join((_BULLET.sub("", raw) if kind == "item" else raw).split()))


def _markup(text: str) -> Counter[str]:
    return Counter("scripts and suchlike" if tag else "comments" for tag in _HIDDEN.findall(text))


def without_html(text: str) -> str:
    """Comments, scripts and tags out; line breaks stay, so that line numbers hold."""
    for pattern in (_HIDDEN, _TAG):
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    return text


def _heading(reading: _Reading, block: Block) -> None:
    marks = reading.text[block.start : block.end]
    level = len(marks) - len(marks.lstrip("#"))
    title = marks.strip("# \t")
    reading.section = (*reading.section[: max(level - 2, 0)], title) if level > 1 else ()


def _item(reading: _Reading, block: Block) -> None:
    raw = reading.text[block.start : block.end]
    head = _RECOMMENDATION.match(raw)
    if head is None:
        if _LOOKS_LIKE_ONE.match(raw):
            raise reading.invalid(block, "a recommendation that does not keep its form", _FORM)
        return _paragraph(reading, block)
    label, references = head[1], reading.meta.references
    if label in reading.labels:
        raise reading.invalid(block, f"{label} stands twice", "Number each recommendation once.")
    reading.labels.add(label)
    _known_keys(reading, block)
    keys = cutting.keys_in(raw, references)
    if not keys:
        raise reading.invalid(block, f"{label} has no reference", "End it with [key], a key of `references`.")
    spans = cutting.cut(reading.text, block.start + head.end(), block.end, references)
    if not spans:
        raise reading.invalid(block, f"{label} has no text", _FORM)
    found = [cutting.sentence(reading.text, span, references) for span in spans]
    reading.passages.append(
        cutting.make(
            reading.meta, UnitKind.RECOMMENDATION, reading.section, found, label=label,
            strength=Strength(head[2]), certainty=Certainty(head[3]), reference=cutting.resolve(keys, references),
        )
    )  # fmt: skip


def _table(reading: _Reading, block: Block) -> None:
    for rows in tables.rows(reading.text, block, reading.name, reading.meta.references):
        found = [row.sentence for row in rows]
        keys = list(dict.fromkeys(key for row in rows for key in row.keys))
        reading.passages.append(
            cutting.make(
                reading.meta, UnitKind.TABLE, reading.section, found, joint="\n", reference=cutting.resolve(keys, reading.meta.references)
            )
        )


def _paragraph(reading: _Reading, block: Block) -> None:
    raw = reading.text[block.start : block.end]
    if _LOOKS_LIKE_ONE.match(raw):
        raise reading.invalid(block, "a recommendation that does not keep its form", _FORM)
    _known_keys(reading, block)
    keys = cutting.keys_in(raw, reading.meta.references)
    if not reading.section and not keys:
        return  # a disclaimer under the title
    start = block.start + _LEAD.match(raw).end()
    defines = reading.text.startswith("**", start)
    titled = bool(reading.section) and reading.section[-1].casefold() in _DEFINITIONS
    kind = UnitKind.DEFINITION if defines or titled else UnitKind.NARRATIVE
    starts = [start] + [start + found.start() for found in _NEXT_TERM.finditer(reading.text[start : block.end]) if defines]
    made: list[Passage] = []
    for begin, end in pairwise([*starts, block.end]):
        made += cutting.narrative(reading.meta, reading.text, begin, end, reading.section, kind)
    if not made and keys and reading.passages and reading.passages[-1].kind is UnitKind.TABLE:
        _refer(reading, len(reading.passages) - 1, cutting.resolve(keys, reading.meta.references))
    reading.passages += made


def _refer(reading: _Reading, index: int, reference: str) -> None:
    reading.passages[index] = cutting.referred(reading.passages[index], reference)


def _known_keys(reading: _Reading, block: Block) -> None:
    raw = reading.text[block.start : block.end]
    if key := cutting.unknown_key(raw, reading.meta.references):
        raise reading.invalid(block, f"[{key}] is not among the references", "Add the key to the front matter or correct it.")


_MEANING: dict[str, Callable[[_Reading, Block], None]] = {"heading": _heading, "item": _item, "table": _table, "paragraph": _paragraph}
