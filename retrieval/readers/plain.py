"""Plain text: front matter, then paragraphs, all of them narrative."""

from __future__ import annotations

import regex

from retrieval.document import Document
from retrieval.errors import SourceInvalid
from retrieval.readers import cutting, front_matter
from retrieval.types import Passage, UnitKind

_PARAGRAPH = regex.compile(r"\S.*?(?=\n[ \t]*\n|\s*\Z)", regex.DOTALL)


def read(data: bytes, name: str) -> Document:
    """Reads plain text with front matter."""
    meta, text, body_start = front_matter.split(front_matter.decode(data, name), name)
    passages: list[Passage] = []
    for block in _PARAGRAPH.finditer(text, body_start):
        passages += cutting.narrative(meta, text, block.start(), block.end(), (), UnitKind.NARRATIVE)
    if not passages:
        raise SourceInvalid(name, "no text after the front matter", remedy="Add the text of the source.")
    return Document(meta=meta, text=text, body_start=body_start, passages=tuple(passages))
