"""The block between `---` lines at the top of a source, and the decoding and cleaning that comes before it."""

from __future__ import annotations

from typing import NamedTuple

import regex
from pydantic import ValidationError

from retrieval import plain_yaml
from retrieval.cleaning import clean
from retrieval.document import Meta
from retrieval.errors import SourceInvalid
from retrieval.readers import decoding

_BLOCK = regex.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", regex.DOTALL)
_FORM = "Begin the file with `---`, then id, title, organisation, version, effective, language and references, then `---`."


class Opened(NamedTuple):
    """A source ready to be cut: front matter, cleaned text, where the body begins."""

    meta: Meta
    text: str
    body_start: int


def decode(data: bytes, name: str) -> str:
    """Cleaned text of untrusted bytes."""
    return clean(raw(data, name))


def raw(data: bytes, name: str) -> str:
    """Text of untrusted bytes, before cleaning."""
    return decoding.decoded(data, name)


def split(text: str, name: str) -> Opened:
    """Parses the front matter of cleaned text."""
    block = _BLOCK.match(text)
    if block is None:
        raise SourceInvalid(name, "no front matter", line=1, remedy=_FORM)
    fields = plain_yaml.load(block[1], name, first_line=2)
    if not isinstance(fields, dict):
        raise SourceInvalid(name, "front matter is not a list of fields", line=2, remedy=_FORM)
    try:
        meta = Meta(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SourceInvalid(name, str(first["msg"]), line=_line(block[1], field), field=field, remedy=_FORM) from error
    return Opened(meta, text, block.end())


def properties(text: str, name: str) -> tuple[dict[str, str], int]:
    """The single fields of front matter (`reference.<key>` for references) and where the body begins; ({}, 0) without front matter."""
    block = _BLOCK.match(text)
    if block is None:
        return {}, 0
    fields = plain_yaml.load(block[1], name, first_line=2)
    if not isinstance(fields, dict):
        raise SourceInvalid(name, "front matter is not a list of fields", line=2, remedy=_FORM)
    references = fields.pop("references", None)
    made = {str(key): ", ".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in fields.items()}
    if isinstance(references, dict):
        made |= {f"reference.{key}": str(value) for key, value in references.items()}
    return made, block.end()


def _line(block: str, field: str) -> int:
    """Line of the file where a front matter field stands; the block begins on line 2."""
    key = field.split(".")[0] + ":"
    for number, line in enumerate(block.split("\n"), start=2):
        if line.startswith(key):
            return number
    return 1
