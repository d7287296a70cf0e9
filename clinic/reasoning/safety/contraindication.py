"""Contraindications of the drugs given against the patient's problems, by the glossary's one name for each."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient


def check(patient: Patient) -> Iterator[Caution]:
    for _, record in patient.records():
        for rule in record.contraindications:
            if patient.glossary.canonical(rule.condition) in patient.conditions and rule.condition != "pregnancy":
                yield Caution(
                    code="contraindication",
                    severity=rule.severity,
                    plan=patient.side,
                    drugs=(record.name,),
                    text=f"{record.name} in {rule.condition}: {rule.text}",
                    source=f"Formulary: {record.name}",
                )
