"""What the checks could not see: age limits, and drugs the Formulary does not know."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Severity

UNCHECKED = "dose, kidney, liver, pregnancy, allergy and contraindications"


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
    """A drug without a record was not checked, or through its class only: said, never silent."""
    for name in patient.without_record():
        yield Caution(code="not_covered", severity=Severity.LOW, plan=patient.side, drugs=(name,), text=_what_was_checked(name, patient))


def _what_was_checked(name: str, patient: Patient) -> str:
    book = patient.formulary
    known = book.known(name)
    if book.interactions_known(name):
        through = f"its class ({known.drug_class})" if known else "its parts"
        return f"{name} has no record: interactions were checked through {through}; {UNCHECKED} were not."
    if known:
        return f"{name} has no record, and no rule reaches its class ({known.drug_class}): the safety checks did not cover it."
    near = book.suggest(name, 3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return f"{name} is not in the Formulary: the safety checks did not cover it.{hint}"
