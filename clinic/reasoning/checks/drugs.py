"""Every drug of a claim is named in a cited sentence, by its name or by a class it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Objection


def check(context: Context) -> Iterator[Objection]:
    present = {name for _, _, name in context.formulary.mentioned(context.words)}
    words = context.words.casefold()
    for _, _, name in context.formulary.mentioned(context.claim.text):
        record = context.formulary.find(name)
        classes = (record.drug_class, *record.classes) if record else ()
        if name not in present and not any(c.casefold().rstrip("s") in words for c in classes):
            yield Objection(code="drug_not_cited", message=f"{name} is not named in the cited sentence.")
