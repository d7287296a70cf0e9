"""Guesses what the form about a source will ask, from what the file says of itself and from its first pages. A person corrects them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import PurePath

import regex

from retrieval.page import Page

FIELDS = ("title", "organisation", "version", "effective", "language")
_LOOK_AT = 6000
"""Characters from the beginning in which version and date are looked for."""


def propose(pages: Sequence[Page], name: str) -> dict[str, str]:
    """FIELDS, each a guess or an empty string; with front matter also its `id`, `specialty` and `conditions` (comma-separated)."""
    said = {key: value.strip() for page in pages for key, value in page.properties.items() if value.strip()}
    opening = "\n".join(block.text for page in pages[:3] for block in page.blocks)[:_LOOK_AT]
    guesses = {field: (said.get(field) or _GUESS[field](pages, opening, name))[:300] for field in FIELDS}
    guesses["effective"] = _date(guesses["effective"]) or _date(said.get("created", ""))
    return guesses | {key: said[key] for key in ("id", "specialty", "conditions") if key in said}


def _title(pages: Sequence[Page], opening: str, name: str) -> str:
    headings = [block for page in pages[:3] for block in page.blocks if block.kind == "heading"]
    if headings:
        return min(headings, key=lambda one: one.level or 9).text
    first = next((line for line in opening.split("\n") if 8 <= len(line) <= 160), "")
    return first or PurePath(name).stem.replace("_", " ").replace("-", " ").strip()


def _organisation(pages: Sequence[Page], opening: str, name: str) -> str:
    found = _BODY.search(opening)
    author = next((page.properties["author"] for page in pages if _BODY.search(page.properties.get("author", ""))), "")
    return " ".join(found[0].split()) if found else author


def _version(pages: Sequence[Page], opening: str, name: str) -> str:
    found = _VERSION.search(opening)
    return (found[1] or found[2] or found[3]) if found else (_effective(pages, opening, name)[:4] or "1")


def _effective(pages: Sequence[Page], opening: str, name: str) -> str:
    return next((day for found in _DAY.finditer(opening) if (day := _date(found[0]))), "")


def _language(pages: Sequence[Page], opening: str, name: str) -> str:
    """By script: Korean letters, else Chinese characters, else English."""
    letters = len(_LETTER.findall(opening)) or 1
    if len(_HANGUL.findall(opening)) / letters > 0.2:
        return "ko"
    return "zh" if len(_HAN.findall(opening)) / letters > 0.2 else "en"


def _date(text: str) -> str:
    """ISO date of the forms in _DAY; a month alone gives its first day, anything else an empty string."""
    found = _DAY.search(text)
    if not found:
        return ""
    part = found.groupdict()
    year = next(part[key] for key in ("y1", "y2", "y3", "y4") if part[key])
    month = part["m1"] or part["m4"] or str(_MONTHS.index((part["n2"] or part["n3"])[:3].casefold()) + 1)
    try:
        return date(int(year), int(month), int(part["d1"] or part["d2"] or part["d3"] or part["d4"] or 1)).isoformat()
    except ValueError:
        return ""


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = regex.compile(
    r"(?<!\d)(?P<y1>(?:19|20)\d\d)[-./](?P<m1>\d{1,2})(?:[-./](?P<d1>\d{1,2}))?(?!\d)"
    rf"|(?<!\d)(?:(?P<d2>\d{{1,2}})\s+)?(?P<n2>{_NAME})\s+(?P<y2>(?:19|20)\d\d)(?!\d)"
    rf"|(?<!\w)(?P<n3>{_NAME})\s+(?P<d3>\d{{1,2}}),?\s+(?P<y3>(?:19|20)\d\d)(?!\d)"
    r"|(?P<y4>(?:19|20)\d\d)\s*[年년]\s*(?P<m4>\d{1,2})\s*[月월](?:\s*(?P<d4>\d{1,2})\s*[日일])?",
    regex.IGNORECASE,
)
_VERSION = regex.compile(
    r"\b(?:version|edition|ver\.|v)[ .:]*(\d+(?:\.\d+)*)\b|\b(\d+)(?:st|nd|rd|th) edition\b|(?:제|第)\s*(\d+)\s*(?:판|版)", regex.IGNORECASE
)
_BODY = regex.compile(
    r"(?:\p{Lu}[\p{L}’'-]+[ \t]+(?:(?:of|for|and|the|on|&)[ \t]+)*){0,6}"
    r"(?:Society|Association|College|Institute|Hospital|Organi[sz]ation|Ministry|Agency|Centers?|Cent(?:re|er)|Academy|Federation|Foundation)"
    r"(?:[ \t]+(?:of|for|and|the|on)(?:[ \t]+(?:of|for|and|the|on))*[ \t]+\p{Lu}[\p{L}’'-]+(?:[ \t]+\p{Lu}[\p{L}’'-]+){0,3}){0,2}"
    r"|[\p{Hangul}]{2,20}(?:학회|협회|병원|의료원|청|처)|[\p{Han}]{2,20}(?:学会|協會|协会|医院|委员会|分会)"
)
_LETTER = regex.compile(r"\p{L}")
_HANGUL = regex.compile(r"\p{Hangul}")
_HAN = regex.compile(r"\p{Han}")
_GUESS = {"title": _title, "organisation": _organisation, "version": _version, "effective": _effective, "language": _language}
