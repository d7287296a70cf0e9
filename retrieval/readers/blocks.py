"""Groups the lines of a Markdown body into blocks, each with its span and first line number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from retrieval.page import Kind


class Block(NamedTuple):
    """A heading, a list item, a table or a paragraph; `line` counts from 1 in the whole file."""

    kind: Kind
    start: int
    end: int
    line: int


class _Line(NamedTuple):
    start: int
    end: int
    number: int
    kind: str
    """A key of _OPENS, or blank."""


_OPENS: dict[str, Kind] = {"heading": "heading", "item": "item", "table": "table", "indented": "paragraph", "text": "paragraph"}
"""Kind of line -> kind of block it opens."""

_FORMS = (
    ("blank", regex.compile(r"[ \t]*(?:```.*|~~~.*|(?:[-*_][ \t]*){3,})?$")),
    ("heading", regex.compile(r"#{1,6}[ \t]")),
    ("item", regex.compile(r"[ \t]*[-*+][ \t]|[ \t]*\d{1,3}[.)][ \t]")),
    ("table", regex.compile(r"[ \t]*\|")),
    ("indented", regex.compile(r"[ \t]+\S")),
)


def blocks(text: str, start: int) -> Iterator[Block]:
    """Blocks of `text[start:]` in order."""
    open_block: Block | None = None
    for line in _lines(text, start):
        if open_block and _continues(open_block, line):
            open_block = open_block._replace(end=line.end)
            continue
        if open_block:
            yield open_block
        open_block = None
        if line.kind != "blank":
            open_block = Block(_OPENS[line.kind], line.start, line.end, line.number)
    if open_block:
        yield open_block


def _continues(block: Block, line: _Line) -> bool:
    if block.kind == "table":
        return line.kind == "table"
    if block.kind == "item":
        return line.kind == "indented"
    return block.kind == "paragraph" and line.kind in ("text", "indented")


def _lines(text: str, start: int) -> Iterator[_Line]:
    number = text.count("\n", 0, start) + 1
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        content = text[start:end]
        kind = next((name for name, form in _FORMS if form.match(content)), "text")
        yield _Line(start, end, number, kind)
        start, number = end + 1, number + 1
