"""Plain text: paragraphs, all of them narrative. As a document it begins with front matter; form feeds part its pages."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from retrieval.cleaning import clean, hidden_characters
from retrieval.document import Document
from retrieval.errors import SourceInvalid
from retrieval.page import Block, Page, removals
from retrieval.readers import cutting, front_matter
from retrieval.readers.lines import mend
from retrieval.types import Passage, UnitKind

_PARAGRAPH = regex.compile(r"\S.*?(?=\n[ \t]*\n|\s*\Z)", regex.DOTALL)
_ITEM = regex.compile(r"(?:[-*•‣▪·–]|(?=\(?\d{1,3}[.)]\s))\s*(?=\S)")


def read(data: bytes, name: str) -> Document:
    """Reads plain text with front matter."""
    meta, text, body_start = front_matter.split(front_matter.decode(data, name), name)
    passages: list[Passage] = []
    for block in _PARAGRAPH.finditer(text, body_start):
        passages += cutting.narrative(meta, text, block.start(), block.end(), (), UnitKind.NARRATIVE)
    if not passages:
        raise SourceInvalid(name, "no text after the front matter", remedy="Add the text of the source.")
    return Document(meta=meta, text=text, body_start=body_start, passages=tuple(passages))


def pages(data: bytes, name: str, first: int) -> Iterator[Page]:
    """Pages of any plain text; front matter, if there is some, becomes properties."""
    raw = front_matter.raw(data, name)
    properties, body_start = front_matter.properties(clean(raw), name)
    parts = [clean(part) for part in raw.split("\f")]
    parts[0] = parts[0][body_start:]
    for number, part in enumerate(parts, start=1):
        made = tuple(_block(one) for found in _PARAGRAPH.finditer(part) for one in _items(found[0]))
        yield Page(
            number=number, pages=len(parts), blocks=made,
            removed=removals(hidden_characters(raw.split("\f")[number - 1])), properties=properties if number == max(first, 1) else {},
        )  # fmt: skip


LONGEST = 1500
"""Characters of a paragraph; a longer one with dashes between its sentences is a list whose line breaks were lost."""
_DASH = regex.compile(r"\s+(?=[-–•]\s+\p{Lu})")


def _items(text: str) -> list[str]:
    return _DASH.split(text) if len(text) > LONGEST and len(_DASH.findall(text)) > 2 else [text]


def _block(text: str) -> Block:
    item = _ITEM.match(text)
    return Block(kind="item" if item else "paragraph", text=mend((text[item.end() :] if item else text).split("\n")))
