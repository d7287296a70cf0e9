"""Kidney and liver limits. The strictest rule that applies is the one reported."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.amounts import ratio
from clinic.reasoning.safety.dose import GRAVE, taken
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Severity

WEIGHT = {"avoid": Severity.HIGH, "reduce": Severity.MODERATE, "caution": Severity.LOW}


def renal(patient: Patient) -> Iterator[Caution]:
    """eGFR or creatinine clearance (mL/min) below a limit of the drug's record."""
    kidney = patient.kidney()
    if kidney is None:
        return
    for record in patient.distinct():
        limits = [limit for limit in record.renal if kidney < limit.below]
        if not limits:
            continue
        limit = min(limits, key=lambda one: one.below)
        severity = WEIGHT[limit.action]
        total, unknown = taken(patient, record)
        share = ratio(total, limit.max_daily) if total and limit.max_daily and not unknown else None
        if limit.action == "reduce" and share is not None:
            if share <= 1.0001:
                continue
            severity = Severity.HIGH if share > GRAVE else Severity.MODERATE
        yield Caution(
            code="renal",
            severity=severity,
            plan=patient.side,
            drugs=(record.name,),
            text=f"{record.name} with kidney function {kidney:g} mL/min (limit {limit.below:g}): {limit.text}",
            source=f"Formulary: {record.name}",
        )


def hepatic(patient: Patient) -> Iterator[Caution]:
    """Child-Pugh class at or beyond a limit of the drug's record."""
    grade = patient.child_pugh()
    for _, record in patient.records():
        limits = [limit for limit in record.hepatic if grade and grade >= limit.child_pugh]
        if limits:
            limit = max(limits, key=lambda one: one.child_pugh)
            yield Caution(
                code="hepatic",
                severity=WEIGHT[limit.action],
                plan=patient.side,
                drugs=(record.name,),
                text=f"{record.name} with Child-Pugh {grade}: {limit.text}",
                source=f"Formulary: {record.name}",
            )
