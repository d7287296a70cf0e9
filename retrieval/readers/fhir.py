"""FHIR R4: PlanDefinition, ActivityDefinition and Library, alone or in a Bundle. The recommendation is the resource's description.

Strength and certainty come from the actions' extensions `cqf-strengthOfRecommendation` and `cqf-qualityOfEvidence` by the tables below; of a resource
with several recommendations each has the codes whose id names its number. Logic (CQL, ELM) and attachments are not read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import regex

from retrieval.cleaning import clean, hidden_characters
from retrieval.errors import SourceInvalid
from retrieval.page import Block, Kind, Page, removals

STRENGTHS = {"strong": "strong recommendation", "weak": "conditional recommendation", "conditional": "conditional recommendation"}
"""Codes of recommendation-strength -> GRADE's words."""
CERTAINTIES = {
    "high": "high certainty evidence", "moderate": "moderate certainty evidence", "low": "low certainty evidence",
    "very-low": "very low certainty evidence", "very low": "very low certainty evidence",
}  # fmt: skip
"""Codes of evidence-quality -> GRADE's words."""

_KINDS = ("PlanDefinition", "ActivityDefinition", "Library")
_EACH = regex.compile(r"(?V1)(?=\bRecommendation #?\d{1,3}[a-z]?:)")
_NUMBER = regex.compile(r"(?:Recommendation )?#(\d{1,3}[a-z]?)|Recommendation (\d{1,3}[a-z]?)")
_LINK = regex.compile(r"\[([^\]]*)\]\([^)]*\)")
_NOT_FHIR = "Only FHIR bundles and resources of the kinds PlanDefinition, ActivityDefinition and Library are read."


def pages(data: bytes, name: str, first: int) -> Iterator[Page]:
    """The whole file as one page."""
    raw = _text(data, name)
    resources = list(_resources(_parsed(raw, name), name))
    if not resources:
        raise SourceInvalid(name, "JSON without a resource that holds recommendations", remedy=_NOT_FHIR)
    blocks: list[Block] = []
    known: set[str] = set()
    again = 0
    for one in resources:
        made = _blocks(one, known)
        again += not made
        blocks += made
    if not any(block.kind != "heading" for block in blocks):
        raise SourceInvalid(name, "resources without a description", remedy="Give each PlanDefinition its `description`.")
    logic = sum(
        len(one.get("contained", ())) + len(one.get("content", ())) for one in resources if isinstance(one.get("contained", []), list)
    )
    removed = removals(hidden_characters(raw) + Counter({"resources said before": again, "parts with logic instead of text": logic}))
    yield Page(number=1, pages=1, blocks=tuple(blocks), removed=removed, properties=_properties(resources[0], len(resources)))


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceInvalid(name, "not UTF-8 text", remedy="Save the file as UTF-8.") from error


def _parsed(raw: str, name: str) -> Any:
    try:
        return json.loads(raw, parse_constant=str)
    except json.JSONDecodeError as error:
        raise SourceInvalid(name, f"not JSON ({error.msg})", line=error.lineno, remedy=_NOT_FHIR) from error
    except ValueError as error:
        raise SourceInvalid(name, "a number that is too long", remedy=_NOT_FHIR) from error


def _resources(parsed: Any, name: str) -> Iterator[dict[str, Any]]:
    if not isinstance(parsed, dict) or not isinstance(parsed.get("resourceType"), str):
        raise SourceInvalid(name, "JSON that is not FHIR", remedy=_NOT_FHIR)
    if parsed["resourceType"] in _KINDS:
        yield parsed
    elif parsed["resourceType"] == "Bundle":
        for entry in _list(parsed, "entry"):
            one = entry.get("resource")
            if isinstance(one, dict) and one.get("resourceType") in _KINDS:
                yield one
    else:
        raise SourceInvalid(name, f"a FHIR {clean(parsed['resourceType'])[:40]}", remedy=_NOT_FHIR)


def _blocks(resource: dict[str, Any], known: set[str]) -> list[Block]:
    """A heading, the recommendations, and the paragraphs of purpose and usage; [] for what was said before."""
    title = _words(resource, "title") or _words(resource, "name")
    described = [one for one in _EACH.split(_words(resource, "description")) if one.strip()]
    fresh = [one for one in described if one.strip() not in known]
    if described and not fresh:
        return []
    known |= {one.strip() for one in described}
    blocks = [Block(kind="heading", text=title, level=2)] if title else []
    number = _NUMBER.search(title)
    for text in fresh:
        own = _NUMBER.match(text)
        which = own or number
        head = f"Recommendation {which[1] or which[2]}: " if which and not own else ""
        grade = _grade(resource, which[1] or which[2] if which else "")
        kind: Kind = "item" if which or grade else "paragraph"
        blocks.append(Block(kind=kind, text=head + text.strip() + (f" ({grade})" if grade else "")))
    for field in ("purpose", "usage"):
        if (text := _words(resource, field)) and text not in known:
            known.add(text)
            blocks.append(Block(kind="paragraph", text=text))
    return blocks


def _grade(resource: dict[str, Any], number: str) -> str:
    """`strong recommendation, low certainty evidence`, or as much of it as is said of the recommendation of that number."""
    return ", ".join(filter(None, (_code(resource, *one, number) for one in _GRADES)))


def _code(resource: dict[str, Any], extension: str, words: dict[str, str], number: str) -> str:
    """What the codes of an extension mean, if they agree; codes whose id names another recommendation do not count."""
    found = set()
    for holder in (resource, *_list(resource, "action")):
        for one in _list(holder, "extension"):
            concept = one.get("valueCodeableConcept")
            if str(one.get("url", "")).endswith(extension) and isinstance(concept, dict):
                codings = _list(concept, "coding")
                named = [coding for coding in codings if (at := _OF.match(str(coding.get("id", "")))) and at[1] == number]
                found |= {words.get(str(coding.get("code", "")).casefold(), "") for coding in named or codings}
    return found.pop() if len(found) == 1 else ""


_OF = regex.compile(r"recommendation-(\d{1,3}[a-z]?)-")
_GRADES = (("/cqf-strengthOfRecommendation", STRENGTHS), ("/cqf-qualityOfEvidence", CERTAINTIES))


def _properties(resource: dict[str, Any], count: int) -> dict[str, str]:
    wanted = (("title", "title"), ("publisher", "organisation"), ("version", "version"), ("date", "effective"), ("language", "language"))
    made = {mine: text for theirs, mine in wanted if (text := _words(resource, theirs)) and not (theirs == "title" and count > 1)}
    if "language" in made:
        made["language"] = made["language"][:2]
    if count > 1 and (topic := next((_words(one, "text") for one in _list(resource, "topic")), "")):
        made["title"] = topic
    return made


def _list(holder: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = holder.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _words(resource: dict[str, Any], field: str) -> str:
    value = resource.get(field)
    return clean(" ".join(_LINK.sub(r"\1", value).replace("**", "").split())).strip() if isinstance(value, str) else ""
