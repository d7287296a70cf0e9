"""Whom a sentence speaks of: `adults with atrial fibrillation`, in its own words. Pure."""

from __future__ import annotations

import regex

LONGEST = 140
"""A longer phrase is cut at its last whole word."""

_PEOPLE = (
    r"(?:adults?|patients?|people|persons?|individuals?|women|men|children|infants?|neonates|newborns|adolescents|males|females|those)"
)
_ENGLISH = regex.compile(
    rf"\b(?:in|for|among|to|all)\s+(?P<who>(?:[\p{{L}}-]+\s+){{0,4}}?{_PEOPLE}\b(?:[^,.;:()\[\]]*?))"
    r"(?=(?<!who)\s+(?:should|must|may|can|could|we|is|are not|do not|to\b(?!\s+\d))\b|[,.;:()\[\]]|$)",
    regex.IGNORECASE,
)
_KOREAN = regex.compile(r"(?P<who>[\p{Hangul}\p{N}\p{L} ,·-]{2,60}?(?:환자|성인|소아|임산부|임신부|노인))(?=에서|에게|의 경우|는|은)")
_CHINESE = regex.compile(r"(?:对于|对|针对|在)(?P<who>[^，。；：]{1,60}?(?:患者|人群|儿童|孕妇|成人|老年人|女性|男性))")


def population(text: str) -> str:
    """The first group of people that the text names as its own, or an empty string."""
    for pattern in (_ENGLISH, _KOREAN, _CHINESE):
        if found := pattern.search(text):
            who = " ".join(found["who"].split())
            return who if len(who) <= LONGEST else who[:LONGEST].rsplit(" ", 1)[0]
    return ""
