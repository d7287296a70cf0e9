"""Kidney and liver limits. The strictest rule that applies is the one reported."""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.dose import daily
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Severity

WEIGHT = {"avoid": Severity.HIGH, "reduce": Severity.MODERATE, "caution": Severity.LOW}


def renal(patient: Patient) -> Iterator[Caution]:
    """eGFR or creatinine clearance (mL/min) below a limit of the drug's record."""
    kidney = patient.kidney()
    if kidney is None:
        return
    for item, record in patient.records():
        limits = [limit for limit in record.renal if kidney < limit.below]
        if not limits:
            continue
        limit = min(limits, key=lambda one: one.below)
        severity = WEIGHT[limit.action]
        taken = daily(item)
        if limit.action == "reduce" and limit.max_daily and taken is not None and item.unit == limit.max_daily.unit:
            severity = Severity.HIGH if taken > limit.max_daily.value * 1.5 else Severity.MODERATE
            if taken <= limit.max_daily.value:
                continue
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
