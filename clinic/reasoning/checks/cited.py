"""Every sentence id a claim gives must be among the evidence, and there must be one."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Objection


def check(context: Context) -> Iterator[Objection]:
    if not context.cited:
        yield Objection(code="no_citation", message="The claim names no sentence.")
    for sentence_id in context.cited:
        if context.evidence.find(sentence_id) is None:
            yield Objection(code="unknown_sentence", message="This sentence is not in the evidence.", where=sentence_id)
