"""Ages that a text speaks of, in years: groups by name and bounds in figures, in English, Korean and Chinese."""

from __future__ import annotations

import re
from math import inf

Band = tuple[float, float]
"""From the first to below the second, in years."""

GROUPS: dict[str, Band] = {
    r"\bneonat\w*|\bnew-?borns?\b|신생아|新生儿": (0, 0.25),
    r"\binfants?\b|영아|婴幼儿|婴儿": (0, 3),
    r"(?<!-)\bchild(?:ren)?\b(?!-)|\bpa?ediatric\w*|소아|어린이|儿童|患儿|小儿": (0, 18),
    r"\badolescents?\b|\bteenagers?\b|\byoung people\b|청소년|青少年": (10, 25),
    r"\bolder (?:adults?|people|patients|persons|men|women)\b|\belderly(?:\s+(?:adults?|people|patients))?|고령(?!\s*(?:산모|임))|노인|老年(?:人|患者)?(?!性|痴呆)|高龄(?!产|孕)": (60, inf),
    r"\bwomen of childbearing (?:age|potential)|가임기|育龄": (10, 60),
    r"\bpost-?menopausal\b|폐경 후|绝经后": (35, inf),
    r"\badults?\b|성인|成人|(?<!未)成年": (16, inf),
}  # fmt: skip
"""Widest in use: a newborn to 28 days and some weeks more if born early, an adult from 16, older from 60 (WHO) rather than 65."""

_GROUP = re.compile("|".join(f"(?P<g{n}>{words})" for n, words in enumerate(GROUPS)), re.I)
_BANDS = list(GROUPS.values())
_AT_MOST = "under|below|younger than|less than|up to|<|≤|不足|未满|小于|低于"
_AT_LEAST = "between|over|above|older than|at least|from|>|≥|大于|超过"
_FIGURES = re.compile(
    r"(?:\b(?P<who>adults?|people|persons?|patients?|individuals?|women|men|anyone|those|child(?:ren)?|infants?|adolescents?)\s+(?:who are\s+|of\s+)?"
    r"(?P<aged>aged?\s+|ages\s+)?|\b(?P<age>aged?|ages)\s+(?:of\s+)?|\b(?=(?:from|over|above|under|below|up to)\s+(?:the\s+)?age\s))"
    rf"(?:(?P<most>{_AT_MOST})|(?P<least>{_AT_LEAST}))?\s*(?:(?:the\s+)?age\s+(?:of\s+)?)?"
    r"(?P<a>\d+)(?![\d.])(?:\s*(?:to|through|-|–|and)\s*(?P<b>\d+)(?![\d.]))?(?!\s*(?:%|mg|g\b|kg|ml|mmol|mm|µg|mcg|points?\b|weeks?\b|days?\b|hours?\b|/))"
    r"(?:[\s-]*(?P<unit>years?|months?))?(?P<old>\s*(?:of age|old)\b)?(?:\s*(?:or|and)\s+(?:(?P<more>more|over|older|above)|(?P<less>under|younger|less|below))\b)?"
    r"(?!\s+(?:of|after|since)\b)",
    re.I,
)
_KOREAN = re.compile(r"(?:만\s*)?(?P<a>\d+)(?:\s*[~∼–-]\s*(?P<b>\d+))?\s*세(?!포|대)\s*(?:(?P<more>이상|초과)|(?P<less>미만|이하))?")
_CHINESE = re.compile(
    rf"(?:(?P<most>{_AT_MOST})|(?P<least>{_AT_LEAST}))?\s*(?P<a>\d+)(?:\s*[~～至到–-]\s*(?P<b>\d+))?\s*(?:周?岁|(?P<unit>个月)(?=(?:及?以[上下])?的?(?:婴|儿童|患儿)))"
    r"(?:(?P<more>及?以上)|(?P<less>及?以[下内]))?"
)


def bands(text: str) -> tuple[Band, ...]:
    """Every band that the text names, left to right."""
    return tuple(band for _, _, band in bands_at(text))


def bands_at(text: str) -> list[tuple[int, int, Band]]:
    """(start, end, band), left to right, not overlapping. Figures beside a group's name narrow it: `children under 5`."""
    found: list[tuple[int, int, Band]] = []
    for pattern in (_FIGURES, _KOREAN, _CHINESE):
        for match in pattern.finditer(text):
            if (band := _figures(match)) and not _overlaps(found, match.span()):
                found.append((*match.span(), band))
    for match in _GROUP.finditer(text):
        if not _overlaps(found, match.span()):
            found.append((*match.span(), _named(match)))
    return sorted(found)


def _figures(match: re.Match[str]) -> Band | None:
    parts = {"who": None, "aged": None, "age": None, "most": None, "least": None, "unit": None, "old": None, **match.groupdict()}
    if parts["who"] and not (parts["aged"] or parts["unit"] or parts["old"] or parts["more"] or parts["less"] or parts["most"]):
        return None
    in_a_year = 12 if (parts["unit"] or "").casefold() in ("month", "months", "个月") else 1
    low = int(match["a"]) / in_a_year
    if parts["b"]:
        band = (low, (int(parts["b"]) + 1) / in_a_year)
    elif parts["most"] or parts["less"]:
        sharp = (parts["most"] or "").casefold() not in ("up to", "≤", "")
        band = (0.0, low if sharp else (int(match["a"]) + 1) / in_a_year)
    elif parts["least"] or parts["more"]:
        band = (low, inf)
    else:
        band = (low, (int(match["a"]) + 1) / in_a_year)
    group = _GROUP.fullmatch(parts["who"]) if parts["who"] else None
    within = _named(group) if group else (0.0, inf)
    return max(band[0], within[0]), min(band[1], within[1])


def _named(match: re.Match[str]) -> Band:
    return _BANDS[int(str(match.lastgroup)[1:])]


def _overlaps(found: list[tuple[int, int, Band]], span: tuple[int, int]) -> bool:
    return any(start < span[1] and span[0] < end for start, end, _ in found)
