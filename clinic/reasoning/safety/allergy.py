"""Allergy: the substance itself, or a member of its cross-reactivity group, unless it was tolerated since.

Prior tolerance is checked because most overridden allergy alerts name drugs already tolerated (evidence: PMC12848223).
"""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.facts import Allergy
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import DrugRecord, Severity

CROSS_REACTIVE = {("penicillins", "cephalosporins"), ("penicillins", "carbapenems")}
"""Groups with a small shared risk: a quiet finding, not an interruption."""


def check(patient: Patient) -> Iterator[Caution]:
    for _, record in patient.records():
        for allergy in patient.case.allergies:
            if _tolerated(record, allergy, patient):
                continue
            severity = _severity(record, allergy, patient)
            if severity:
                reaction = f" ({allergy.reaction})" if allergy.reaction else ""
                yield Caution(
                    code="allergy",
                    severity=severity,
                    plan=patient.side,
                    drugs=(record.name,),
                    text=f"The patient has an allergy to {allergy.substance}{reaction}; {record.name} "
                    + ("must not be used." if severity is Severity.HIGH else "is related: check the history before use."),
                    source=f"Formulary: {record.name}",
                )


def _severity(record: DrugRecord, allergy: Allergy, patient: Patient) -> Severity | None:
    known = patient.formulary.find(allergy.substance)
    if known and known.name == record.name:
        return Severity.HIGH
    groups = set(known.allergy_groups) if known else _groups_named(allergy.substance, patient)
    if groups & set(record.allergy_groups):
        return Severity.HIGH
    if any((g, own) in CROSS_REACTIVE for g in groups for own in record.allergy_groups):
        return Severity.MODERATE
    return None


def _groups_named(substance: str, patient: Patient) -> set[str]:
    """`penicillin` names the group `penicillins`, `sulfa` the sulfonamide antibiotics."""
    word = substance.casefold().strip().rstrip("s")
    groups = {g for name in patient.formulary.names() if (r := patient.formulary.find(name)) for g in r.allergy_groups}
    if word in ("sulfa", "sulpha", "sulfonamide", "sulphonamide"):
        word = "sulfonamide antibiotic"
    return {g for g in groups if word and (g.casefold().rstrip("s") == word or word in g.casefold().split())}


def _tolerated(record: DrugRecord, allergy: Allergy, patient: Patient) -> bool:
    for name in allergy.tolerated:
        other = patient.formulary.find(name)
        if (other.name if other else name.casefold()) == record.name:
            return True
        if name.casefold().rstrip("s") in {c.casefold().rstrip("s") for c in (record.drug_class, *record.classes, *record.allergy_groups)}:
            return True
    return False
