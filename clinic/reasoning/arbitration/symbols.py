"""The delexicalised prompt, for the bundled model: what it reads are symbols, what comes back are words again."""

from __future__ import annotations

import json

from pydantic import ValidationError

from clinic.reasoning.arbitration import notes
from clinic.reasoning.arbitration.answer import Answer, Asked, Unusable
from clinic.reasoning.arbitration.delexicalise import delexicalise
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Dispute
from clinic.reasoning.outcome import Outcome
from clinic.reasoning.tools import Tools
from inference.types import Sampling, Segment

NOTES_TOKENS = 320
"""The think block of this dialect holds notes from which the claims are read, so that no effort shortens or lengthens it."""

SAMPLING = Sampling(temperature=0.3)
"""Cooler than R1's 0.6: a model of a few million parameters spreads more than it means. Set on the building half of the fixtures."""


def ask(dispute: Dispute, evidence: Evidence, tools: Tools) -> Asked:
    """The prompt for the plans in the places given, and the reader that puts names and sentence ids back."""
    dialect = tools.dialect
    if dialect is None:
        raise LookupError("this model reads symbols, and no dialect was handed in")
    symbolic = delexicalise(dispute, evidence, tools.formulary, tools.glossary, dialect)
    shown = [own for own in dialect.ids_of(symbolic.prompt) if own in symbolic.ids]

    lines = {f"E{p}.{n}": text for p, passage in enumerate(symbolic.prompt.passages, 1) for n, text in enumerate(passage.sentences, 1)}

    def word(of: str, text: str) -> str:
        """The text in words: an amount as its sentence gives it (`7 days`), not as the plan does (`72 hours`)."""
        own = {s: w for s, w in symbolic.spoken[of].items() if any(c.isdigit() for c in w)}
        return sentence(dialect.restore(text, {**symbolic.names, **own}))

    def read(text: str, think: str = "") -> Answer:
        try:
            data = json.loads(text)
            outcome = Outcome(data["outcome"])
            if notes.tally(think) not in ("", outcome):
                raise Unusable(f"the answer says {outcome}, its own notes say {notes.tally(think)}")
            statements = tuple(notes.statements(think, outcome, lines, symbolic.ids, word))
            missing = tuple(dialect.restore(one, symbolic.names) for one in data["missing"])
            return Answer(outcome=outcome, statements=statements, missing=missing)
        except Unusable:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
            raise Unusable(str(error)) from error

    return Asked(
        segments=(Segment(text=dialect.render(symbolic.prompt)),),
        schema=dialect.answer_schema(shown, symbolic.missing),
        read=read,
        think_budget=NOTES_TOKENS,
        max_tokens=700,
        sampling=SAMPLING,
    )


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
