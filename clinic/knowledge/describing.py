"""What a source says of itself: proposed by the reader, mended by people, and what is still missing before it can be proposed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.text import slugify
from pydantic import ValidationError

from clinic.knowledge.models import SourceVersion, Upload
from retrieval.document import Document, Meta
from retrieval.intake import assemble
from retrieval.page import Page

ASKED = ("id", "title", "organisation", "version", "effective", "language", "specialty", "conditions")
"""The fields a person fills in, in the order of the form."""
UNKNOWN = {"title": "Untitled", "organisation": "Organisation not given", "version": "1", "language": "en"}
"""What stands in a preview for what is not known yet; nothing of it can be proposed."""


def meta_of(given: Mapping[str, Any], name: str) -> Meta:
    """A Meta for the preview, with stand-ins for what is missing."""
    filled = {key: value for key, value in given.items() if value not in ("", None) and key in Meta.model_fields}
    for key, value in UNKNOWN.items():
        filled.setdefault(key, value)
    filled.setdefault("id", slug(str(filled["title"])) or slug(name) or "source")
    filled.setdefault("effective", date.today().isoformat())
    if isinstance(conditions := filled.get("conditions"), str):
        filled["conditions"] = tuple(one.strip() for one in conditions.split(",") if one.strip())
    return Meta(**filled)


def slug(text: str) -> str:
    return slugify(text)[:100].strip("-_")


def pages_of(upload: Upload) -> list[Page]:
    return [Page.model_validate(body) for body in upload.pages.order_by("number").values_list("body", flat=True)]


def document_of(upload: Upload, meta: Mapping[str, Any]) -> Document:
    """The upload as the arbiter would see it under these words. Raises SourceInvalid where pages and words do not fit."""
    return assemble(pages_of(upload), meta_of(meta, upload.name))


def lacking(upload: Upload, citable: int) -> tuple[str, ...]:
    """Why it cannot be proposed yet, each a sentence that says what to do."""
    found = []
    for key, words in (("title", "title"), ("organisation", "organisation"), ("version", "version"), ("effective", "effective date")):
        if not upload.meta.get(key):
            found.append(f"The {words} is missing: fill it in below.")
    try:
        meta = meta_of(upload.meta, upload.name)
    except ValidationError as error:
        return (*found, *(f"{_field(one)}: {one['msg']}." for one in error.errors()))
    if SourceVersion.objects.filter(source=meta.id, version=meta.version).exists():
        found.append(f"Version {meta.version} of “{meta.id}” is in the library already: give this one another version.")
    if not citable:
        found.append("Nothing citable is left: bring at least one unit back.")
    return tuple(found)


def _field(error: Any) -> str:
    return ".".join(map(str, error["loc"])).capitalize() or "A field"


def removed_of(upload: Upload) -> tuple[tuple[int, str], ...]:
    """(page, sentence): what a person would not have seen, and so the arbiter does not."""
    rows = upload.pages.exclude(body__removed=[]).order_by("number").values_list("number", "body__removed")
    return tuple((number, words) for number, removed in rows for words in removed)
