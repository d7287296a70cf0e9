"""Interactions of a drug the plan gives with the plan's other drugs and with what the patient keeps taking.

A drug without a record is checked through its class, where that is known. One line a pair for what a drug's own record says; one line a mechanism for rules, with all drugs that share it: six pairs of
blood pressure drugs are one fact, not six alerts.
"""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Interaction


def check(patient: Patient) -> Iterator[Caution]:
    shared: dict[Interaction, list[str]] = {}
    for one, other, worst in _pairs(patient):
        if worst.source:
            shared.setdefault(worst, []).extend((one, other))
        else:
            yield _caution(patient, (one, other), worst, f"Formulary: {one}, {other}")
    for rule, drugs in shared.items():
        yield _caution(patient, tuple(dict.fromkeys(drugs)), rule, f"Formulary: {rule.other} ({rule.source})")


def _pairs(patient: Patient) -> Iterator[tuple[str, str, Interaction]]:
    """Each interacting pair of which the plan gives one drug at least, with its gravest finding."""
    given = [g.name for g in patient.given]
    seen: set[frozenset[str]] = set()
    for one in given:
        for other in (*given, *(record.name for record in patient.kept), *patient.kept_unknown):
            pair = frozenset((one, other))
            if len(pair) == 2 and pair not in seen:
                seen.add(pair)
                found = patient.formulary.interactions(one, other)
                if found:
                    yield one, other, found[0]


def _caution(patient: Patient, drugs: tuple[str, ...], found: Interaction, source: str) -> Caution:
    names = " with ".join(drugs) if len(drugs) == 2 else f"{', '.join(drugs[:-1])} and {drugs[-1]} together"
    return Caution(
        code="interaction",
        severity=found.severity,
        plan=patient.side,
        drugs=drugs,
        text=f"{names}: {found.text}",
        mechanism=found.mechanism,
        source=source,
    )
