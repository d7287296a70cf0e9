"""Interactions of a drug the plan gives with the plan's other drugs and with what the patient keeps taking."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient


def check(patient: Patient) -> Iterator[Caution]:
    given = [record for _, record in patient.records()]
    seen: set[frozenset[str]] = set()
    for record in given:
        for other in (*given, *patient.kept):
            pair = frozenset((record.name, other.name))
            if len(pair) < 2 or pair in seen:
                continue
            seen.add(pair)
            found = patient.formulary.interactions(record.name, other.name)
            if found:
                worst = found[0]
                yield Caution(
                    code="interaction",
                    severity=worst.severity,
                    plan=patient.side,
                    drugs=(record.name, other.name),
                    text=f"{record.name} with {other.name}: {worst.text}",
                    mechanism=worst.mechanism,
                    source=f"Formulary: {record.name}, {other.name}",
                )
