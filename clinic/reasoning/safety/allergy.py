"""Allergy: the substance itself, or a member of its cross-reactivity group, unless it was tolerated since.

Severities. High: the substance itself or its group. Moderate: a group with a small shared risk, or the substance after an
intolerance (nausea, constipation and the like). Low: its group after an intolerance.
Prior tolerance is checked because most overridden allergy alerts name drugs already tolerated (evidence: PMC12848223).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clinic.reasoning.facts import Allergy
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import DrugRecord, Severity

CROSS_REACTIVE = {
    frozenset(pair) for pair in (("penicillins", "cephalosporins"), ("penicillins", "carbapenems"), ("cephalosporins", "carbapenems"))
}
"""Groups with a small shared risk, in either direction: a quiet finding, not an interruption."""
INTOLERANCE = frozenset(
    "nausea|vomiting|upset stomach|stomach upset|dyspepsia|heartburn|diarrhoea|diarrhea|constipation|headache|dizziness|drowsiness|"
    "fatigue|dry mouth|muscle ache|dry cough|cough|insomnia|오심|구토|변비|설사|두통|恶心|呕吐|便秘|腹泻|头痛".split("|")
)
"""Reactions that are no allergy. Anything else that is written, or nothing, is taken for one."""
WORDS = {
    Severity.HIGH: "must not be used.",
    Severity.MODERATE: "is related or was not tolerated: check the history before use.",
    Severity.LOW: "is related to what was not tolerated.",
}


def check(patient: Patient) -> Iterator[Caution]:
    for _, record in patient.records():
        for allergy in patient.case.allergies:
            if _tolerated(record, allergy, patient):
                continue
            severity = _severity(record, allergy, patient)
            if severity and is_intolerance(allergy.reaction):
                severity = Severity.MODERATE if _named(record, allergy, patient) else Severity.LOW
            if severity:
                reaction = f" ({allergy.reaction})" if allergy.reaction else ""
                yield Caution(
                    code="allergy",
                    severity=severity,
                    plan=patient.side,
                    drugs=(record.name,),
                    text=f"The patient has an allergy to {allergy.substance}{reaction}; {record.name} {WORDS[severity]}",
                    source=f"Formulary: {record.name}",
                )


def _severity(record: DrugRecord, allergy: Allergy, patient: Patient) -> Severity | None:
    known = patient.formulary.find(allergy.substance)
    if _named(record, allergy, patient):
        return Severity.HIGH
    groups = set(known.allergy_groups) if known else _groups_named(allergy.substance, patient)
    if groups & set(record.allergy_groups):
        return Severity.HIGH
    if any(frozenset((g, own)) in CROSS_REACTIVE for g in groups for own in record.allergy_groups):
        return Severity.MODERATE
    return None


def is_intolerance(reaction: str) -> bool:
    """Whether every part of the reaction is a side effect that is no allergy."""
    parts = [part.strip() for part in re.split(r"[,;/、，]| and ", reaction.casefold()) if part.strip()]
    return bool(parts) and all(part in INTOLERANCE for part in parts)


def _named(record: DrugRecord, allergy: Allergy, patient: Patient) -> bool:
    known = patient.formulary.find(allergy.substance)
    return known is not None and bool({known.name, *known.name.split("/")} & {record.name, *record.name.split("/")})


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
