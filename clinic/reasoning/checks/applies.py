"""A sentence about other patients does not carry a claim about this one (`clinic.reasoning.requirements` says when it is)."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning import requirements
from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Objection
from clinic.reasoning.conditions import is_treatment


def check(context: Context) -> Iterator[Objection]:
    if context.has is None or not context.claim.citations:
        return
    foreign = [foreign_condition(context, citation.quote) for citation in context.claim.citations]
    if all(foreign):
        yield Objection(code="other_patients", message=f"The cited sentence is about {foreign[0]}, which is not recorded here.")


def foreign_condition(context: Context, sentence: str) -> str:
    """The first required condition the patient is not recorded to have, or an empty string."""
    has = context.has or frozenset()
    named = {(start, end): term for start, end, term in context.glossary.mentioned(sentence) if not is_treatment(term)}
    found = requirements.missing(sentence, [(start, end, term.casefold() in has) for (start, end), term in named.items()])
    return named[found[:2]] if found else ""
