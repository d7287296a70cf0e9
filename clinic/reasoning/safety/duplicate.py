"""Two drugs of one class at once: within the plan, or with what the patient keeps taking."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Severity

COMBINED_ON_PURPOSE = frozenset({"insulin", "antiplatelet", "antiepileptic", "potassium supplement", "antiemetic"})
"""Classes of which two together are ordinary care."""


def check(patient: Patient) -> Iterator[Caution]:
    given = [record for _, record in patient.records()]
    seen: set[frozenset[str]] = set()
    for record in given:
        for other in (*given, *patient.kept):
            pair = frozenset((record.name, other.name))
            if len(pair) < 2 or pair in seen or record.drug_class != other.drug_class:
                continue
            seen.add(pair)
            if record.drug_class not in COMBINED_ON_PURPOSE:
                yield Caution(
                    code="duplicate",
                    severity=Severity.MODERATE,
                    plan=patient.side,
                    drugs=(record.name, other.name),
                    text=f"{record.name} and {other.name} are both {record.drug_class}s.",
                    source="Formulary: classes",
                )
