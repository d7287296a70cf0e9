"""Use in pregnancy and lactation."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Severity

WEIGHT = {"avoid": Severity.HIGH, "caution": Severity.LOW, "unknown": Severity.LOW}

WORDS = {"avoid": "avoid.", "caution": "use with caution.", "unknown": "nothing is on record: its safety is not known."}


def check(patient: Patient) -> Iterator[Caution]:
    states = [("pregnancy", patient.case.pregnant or "pregnancy" in patient.conditions), ("lactation", patient.case.lactating)]
    for _, record in patient.records():
        for code, present in states:
            rule = record.pregnancy if code == "pregnancy" else record.lactation
            if present and rule.advice in WEIGHT:
                severity = WEIGHT[rule.advice]
                if code == "lactation" and severity is Severity.HIGH:
                    severity = Severity.MODERATE
                yield Caution(
                    code=code,
                    severity=severity,
                    plan=patient.side,
                    drugs=(record.name,),
                    text=f"{record.name} in {code}: {rule.text or WORDS[rule.advice]}",
                    source=f"Formulary: {record.name}",
                )
