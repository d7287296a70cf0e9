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
DOUBLE = re.compile(r"\b(?:do not|should not|must not|never) (?:withhold|stop|avoid|delay|omit|discontinue|refuse|defer)\b", re.I)
"""Two negatives: the sentence speaks for what it names."""
COMPARE = re.compile(r"\b(?:rather than|instead of|over|in preference to|preferred to|better than|superior to)\b", re.I)


def negative(text: str) -> bool:
    """Whether the text speaks against something. `X rather than Y` is not negative of X."""
    return bool(NEGATIVE.search(DOUBLE.sub("continue", text)))


def check(context: Context) -> Iterator[Objection]:
    if not context.claim.citations:
        return
    sentences = [citation.quote for citation in context.claim.citations]
    if _flat_opposite(context, sentences):
        yield Objection(code="negation", message="The cited sentence says the opposite.")
    if sentences and all(_turned(context, sentence) for sentence in sentences):
        yield Objection(code="direction", message="The cited sentence compares the other way round.")


def _flat_opposite(context: Context, sentences: list[str]) -> bool:
    """The claim is plainly positive and every cited sentence plainly negative, or the reverse."""
    if any(COMPARE.search(text) for text in sentences):
        return False
    return all(negative(text) is not negative(context.claim.text) for text in sentences)


def _turned(context: Context, sentence: str) -> bool:
    """The sentence prefers what the claim puts behind, or puts behind what the claim is for."""
    said, told = _compared(context, context.claim.text), _compared(context, sentence)
    if told is None:
        return False
    better, worse = told
    if said:
        return bool(said[0] & worse - better and said[1] & better - worse)
    own = _names(context, context.claim.text)
    return bool(own) and own <= ((better - worse) if negative(context.claim.text) else (worse - better))


def _compared(context: Context, text: str) -> tuple[set[str], set[str]] | None:
    """(names of drugs and classes before the comparing word, those after it)."""
    match = COMPARE.search(text)
    if not match or negative(text[: match.start()]):
        return None
    return _names(context, text[: match.start()]), _names(context, text[match.end() :])


def _names(context: Context, text: str) -> set[str]:
    """Drugs named, and the drugs of the claim that a class named in the text covers."""
    found = {name for _, _, name in context.formulary.mentioned(text)}
    folded = text.casefold()
    for _, _, name in context.formulary.mentioned(context.claim.text):
        record = context.formulary.find(name)
        if record and any(c.casefold().rstrip("s") in folded for c in (record.drug_class, *record.classes)):
            found.add(name)
    return found
