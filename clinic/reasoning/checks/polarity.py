"""A claim must say yes where its sentence says yes, and compare in the direction its sentence compares.

Rules over a closed list of words: they withhold what they can show to be wrong and leave the rest to the other checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Objection

NEGATIVE = re.compile(
    r"\b(do(?:es)? not|should not|must not|is not|are not|not recommended|not be|never|avoid\w*|contraindicated|against|withhold|stop"
    r"|unsuitable|discourag\w+|cannot|no longer|without benefit|no benefit|harmful|inferior)\b|피하|권고하지 않|금기|않는다|不推荐|不应|禁用|避免|不宜|禁忌",
    re.I,
)
COMPARE = re.compile(r"\b(?:rather than|instead of|over|in preference to|preferred to|better than|superior to)\b", re.I)


def negative(text: str) -> bool:
    """Whether the text speaks against something. `X rather than Y` is not negative of X."""
    return bool(NEGATIVE.search(text))


def check(context: Context) -> Iterator[Objection]:
    if not context.claim.citations:
        return
    sentences = [citation.quote for citation in context.claim.citations]
    if _flat_opposite(context, sentences):
        yield Objection(code="negation", message="The cited sentence says the opposite.")
    order = _compared(context, context.claim.text)
    for sentence in sentences:
        other = _compared(context, sentence)
        if order and other and order[0] & other[1] and order[1] & other[0]:
            yield Objection(code="direction", message="The cited sentence compares the other way round.")


def _flat_opposite(context: Context, sentences: list[str]) -> bool:
    """The claim is plainly positive and every cited sentence plainly negative, or the reverse."""
    if any(COMPARE.search(text) for text in sentences):
        return False
    return all(negative(text) is not negative(context.claim.text) for text in sentences)


def _compared(context: Context, text: str) -> tuple[set[str], set[str]] | None:
    """(drugs before the comparing word, drugs after it)."""
    match = COMPARE.search(text)
    if not match or negative(text[: match.start()]):
        return None
    named = context.formulary.mentioned(text)
    return {n for s, _, n in named if s < match.start()}, {n for s, _, n in named if s > match.end()}
