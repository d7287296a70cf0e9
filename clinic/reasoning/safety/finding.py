"""A Caution (FHIR DetectedIssue): a deterministic safety finding about one plan, made before any model text."""

from __future__ import annotations

from clinic.reasoning.facts import Side
from clinic.reasoning.values import Value
from retrieval.types import Severity

RANK = {Severity.HIGH: 0, Severity.MODERATE: 1, Severity.LOW: 2}


class Caution(Value):
    """One finding. `code` is stable: allergy, interaction, contraindication, renal, hepatic, pregnancy, lactation,
    duplicate, maximum_dose, minimum_dose, frequency, dose_unchecked, age, not_covered."""

    code: str
    severity: Severity
    plan: Side
    drugs: tuple[str, ...]
    text: str
    mechanism: str = ""
    source: str = ""
    """Whose record says so: `Formulary: apixaban`."""
