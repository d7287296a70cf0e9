"""A sentence about other patients does not carry a claim about this one.

Rule: the sentence makes a condition a requirement (`in people with a mechanical heart valve`) that the patient is not recorded to
have. Exceptions (`without`, `unless`), goals (`to prevent stroke`) and alternatives of which the patient has one do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Objection
from clinic.reasoning.conditions import is_treatment

REQUIRES = re.compile(
    r"\b(?:with|in|if|when|has|have|having|during|after)\s+(?:(?:a|an|the|all|any|both|people|persons?|adults?|patients?|women|men|who|have|has"
    r"|had|with|there|is|are|known|established|confirmed|current|symptomatic|stable|severe|moderate|mild|to|or|acute|chronic|previous|recent)\s+){0,6}$",
    re.I,
)
"""What stands before a condition that the sentence requires."""
NOT_REQUIRED = re.compile(
    r"\b(?:without|unless|except|no|not|nor|rather than|free of|prevent\w*|risk of|rates? of|reduc\w+|lower\w*|fewer|less|more|caus\w+)\b[^,;.]*$",
    re.I,
)
JOINED = re.compile(r"^\s*(?:,|or|,? or|/)\s*(?:(?:a|an|the|with|in|moderate|severe|to|recent|previous)\s+)*$", re.I)


def check(context: Context) -> Iterator[Objection]:
    if context.has is None or not context.claim.citations:
        return
    foreign = [foreign_condition(context, citation.quote) for citation in context.claim.citations]
    if all(foreign):
        yield Objection(code="other_patients", message=f"The cited sentence is about {foreign[0]}, which is not recorded here.")


def foreign_condition(context: Context, sentence: str) -> str:
    """The first required condition the patient is not recorded to have, or an empty string."""
    group: list[tuple[int, int, str]] = []
    for start, end, term in context.glossary.mentioned(sentence):
        if is_treatment(term):
            continue
        if group and JOINED.match(sentence[group[-1][1] : start]):
            group.append((start, end, term))
            continue
        if found := _missing(context, group):
            return found
        required = REQUIRES.search(sentence[:start]) and not NOT_REQUIRED.search(sentence[:start])
        group = [(start, end, term)] if required else []
    return _missing(context, group)


def _missing(context: Context, group: list[tuple[int, int, str]]) -> str:
    has = context.has or frozenset()
    return group[0][2] if group and not any(term.casefold() in has for _, _, term in group) else ""
