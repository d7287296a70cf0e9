"""Checks that every claim must pass: rules, no model. A check is one file and one line in `CHECKS`.

Verification only ever withholds: it adds no claim and changes none of its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clinic.reasoning.checks import applies, cited, drugs, numbers, polarity, subject
from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Citation, Claim, Objection
from clinic.reasoning.evidence import Evidence
from retrieval.types import Formulary, Glossary

CHECKS: tuple[Callable[[Context], Iterator[Objection]], ...] = (
    cited.check,
    numbers.check,
    drugs.check,
    polarity.check,
    subject.check,
    applies.check,
)


def verify(
    claim: Claim,
    cites: Iterable[str],
    evidence: Evidence,
    formulary: Formulary,
    glossary: Glossary,
    has: frozenset[str] | None = None,
) -> Claim:
    """The claim with the verbatim sentences put in and every objection noted. `has`: the patient's conditions, if there is a patient."""
    cited = tuple(dict.fromkeys(cites))
    bound = claim.model_copy(update={"citations": tuple(c for i in cited if (c := citation(i, evidence)))})
    context = Context(bound, cited, evidence, formulary, glossary, has)
    return bound.model_copy(update={"objections": tuple(o for check in CHECKS for o in check(context))})


def citation(sentence_id: str, evidence: Evidence) -> Citation | None:
    """The verbatim sentence behind an id, or None."""
    found = evidence.find(sentence_id)
    if found is None:
        return None
    exhibit, sentence = found
    passage = exhibit.passage
    return Citation(
        sentence_id=sentence_id,
        passage_id=passage.id,
        source=passage.source,
        version=passage.version,
        label=passage.label,
        quote=sentence.text,
        start=sentence.start,
        end=sentence.end,
        page=passage.page,
    )
