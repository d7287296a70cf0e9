"""A claim and its sentence must be about the same thing: the share of the claim's content words found in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Objection

FEWEST = 0.5
"""Share of content words; set on the building half of the fixtures, see tests/reasoning/test_checks.py."""

STOP = frozenset(
    "a an the of in on for to with and or is are be been was were by at as it its this that these those from than than rather not no do does "
    "should must may can recommended recommend recommends preferred prefer offer use used using give given avoid patient patients people "
    "person adult adults plan treatment therapy first line option suggested supports support against".split()
)
WORD = re.compile(r"[a-z][a-z0-9'-]+|[가-힣]+|[\u4e00-\u9fff]+", re.I)


def check(context: Context) -> Iterator[Objection]:
    wanted = _words(context, context.claim.text)
    if not wanted or not context.claim.citations:
        return
    present = _words(context, context.words) | _passage_words(context)
    share = len(wanted & present) / len(wanted)
    if share < FEWEST:
        yield Objection(code="off_subject", message="The cited sentence is about something else.", where=f"{share:.0%} of its words")


def _passage_words(context: Context) -> set[str]:
    """Section, title and conditions belong to what a sentence is about."""
    found: set[str] = set()
    for citation in context.claim.citations:
        hit = context.evidence.find(citation.sentence_id)
        if hit:
            passage = hit[0].passage
            found |= _words(context, " ".join((passage.title, *passage.section, *passage.conditions)))
    return found


def _words(context: Context, text: str) -> set[str]:
    """Folded words; conditions and drugs by their one name, a drug's classes beside it."""
    named: set[str] = set()
    for _, _, drug in context.formulary.mentioned(text):
        record = context.formulary.find(drug)
        named |= {drug, *((record.drug_class, *record.classes) if record else ())}
    named |= {term for _, _, term in context.glossary.mentioned(text)}
    words = {w.casefold() for w in WORD.findall(f"{text} {' '.join(named)}")}
    return {_stem(w) for w in words if w not in STOP}


def _stem(word: str) -> str:
    return re.sub(r"(ies|es|s|ing|ed)$", "", word) if len(word) > 4 else word
