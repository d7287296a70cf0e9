"""Deterministic safety checks of a plan against the Formulary: milliseconds, no model.

`CHECKS` is the whole list; a new check is one file with a function `Patient -> Iterator[Caution]` and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clinic.reasoning.facts import Dispute, Side
from clinic.reasoning.safety import allergy, contraindication, coverage, dose, duplicate, interaction, organs, pregnancy
from clinic.reasoning.safety.finding import RANK, Caution
from clinic.reasoning.safety.patient import Patient, under
from retrieval.types import Formulary, Glossary

CHECKS: tuple[Callable[[Patient], Iterator[Caution]], ...] = (
    allergy.check,
    interaction.check,
    contraindication.check,
    organs.renal,
    organs.hepatic,
    pregnancy.check,
    duplicate.check,
    dose.check,
    coverage.age,
    coverage.not_covered,
)


def cautions(dispute: Dispute, formulary: Formulary, glossary: Glossary) -> tuple[Caution, ...]:
    """All findings on both plans, the gravest first, X before Y."""
    found: list[Caution] = []
    for side in Side:
        patient = under(dispute.plan(side), side, dispute.case, formulary, glossary)
        for check in CHECKS:
            found.extend(check(patient))
    return tuple(sorted(found, key=lambda one: (RANK[one.severity], one.plan, one.code)))
