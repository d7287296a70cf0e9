"""A source as read: its front matter, its cleaned text, and the passages cut from it."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any

import regex
from pydantic import BeforeValidator, Field, field_validator

from retrieval.types import Passage, Value

Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]
"""Text that people may have written as a bare number."""


class Meta(Value):
    """Front matter of a source; the fields of the Markdown format."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9:./-]*$")
    title: str = Field(min_length=1)
    organisation: str = Field(min_length=1)
    version: Text = Field(min_length=1)
    effective: str
    supersedes: Text = ""
    superseded_by: Text = ""
    language: str = Field(pattern=r"^(en|ko|zh)(-[A-Za-z]+)?$")
    specialty: str = ""
    conditions: tuple[str, ...] = ()
    references: dict[str, str] = {}
    translation_of: str = ""

    @field_validator("effective")
    @classmethod
    def _is_date(cls, value: str) -> str:
        return date.fromisoformat(value).isoformat()


class Document(Value):
    """One version of a source. All spans of `passages` refer to `text`; the body begins at `body_start`."""

    meta: Meta
    text: str
    body_start: int = 0
    passages: tuple[Passage, ...]


_EMPHASIS = regex.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|`([^`\n]+)`|(?<![\w*])[*_](?=\S)([^*_\n]+?)(?<=\S)[*_](?![\w*])")
_KEY = regex.compile(r"\s*\[([\p{L}\p{N}][\p{L}\p{N}._:-]*)\]")


def shown(raw: str, keys: frozenset[str] | set[str] = frozenset()) -> str:
    """A span of source text as readers see it: no emphasis marks, no reference keys, single spaces."""
    text = _KEY.sub(lambda found: "" if found[1] in keys else found[0], raw)
    text = _EMPHASIS.sub(lambda found: found[1] or found[2] or found[3], text)
    return " ".join(text.split())


def passage(**fields: Any) -> Passage:
    """A Passage whose id is the hash of all that it says and where it stands."""
    draft = Passage(id="", **fields)
    unsaid = {name for name in ("population", "translation_of") if not getattr(draft, name)}
    said = draft.model_dump(mode="json", exclude={"id", *unsaid})
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return draft.model_copy(update={"id": hashlib.sha256(canonical.encode()).hexdigest()[:16]})
