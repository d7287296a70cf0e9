"""What the checks could not see: age limits, and drugs the Formulary does not know."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Severity


def age(patient: Patient) -> Iterator[Caution]:
    for _, record in patient.records():
        if record.min_age_years is not None and patient.case.age is not None and patient.case.age < record.min_age_years:
            yield Caution(
                code="age",
                severity=Severity.MODERATE,
                plan=patient.side,
                drugs=(record.name,),
                text=f"{record.name} is not for patients under {record.min_age_years:g} years; this patient is {patient.case.age:g}.",
                source=f"Formulary: {record.name}",
            )


def not_covered(patient: Patient) -> Iterator[Caution]:
    """A drug without a record was not checked: said, never silent."""
    unknown = [g.item.drug for g in patient.given if g.record is None] + list(patient.kept_unknown)
    for name in dict.fromkeys(unknown):
        near = patient.formulary.suggest(name, 3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        yield Caution(
            code="not_covered",
            severity=Severity.LOW,
            plan=patient.side,
            drugs=(name,),
            text=f"{name} is not in the Formulary: the safety checks did not cover it.{hint}",
        )
