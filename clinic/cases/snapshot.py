"""Reads a Case's rows into the frozen CaseSnapshot; the only road from a patient to a consult."""

from __future__ import annotations

from datetime import date

from clinic.cases.models import Case
from clinic.reasoning import facts


def snapshot(case: Case, on: date | None = None) -> facts.CaseSnapshot:
    """Age in whole years on the date `on`, or in tenths below two years."""
    return facts.CaseSnapshot(
        age=_age(case.born, on or date.today()) if case.born else None,
        sex=case.sex if case.sex in ("female", "male", "other") else "",
        pregnant=case.pregnant,
        lactating=case.lactating,
        problems=tuple(facts.Problem(name=p.name, code=p.code) for p in case.problems.all()),
        medications=tuple(facts.Medication(drug=m.drug, dose=m.dose) for m in case.medications.all()),
        allergies=tuple(
            facts.Allergy(substance=a.substance, reaction=a.reaction, tolerated=tuple(a.tolerated)) for a in case.allergies.all()
        ),
        observations=tuple(facts.Observation(name=o.name, value=o.value, unit=o.unit, taken=o.taken) for o in case.observations.all()),
        text=case.text,
    )


def _age(born: date, on: date) -> float:
    days = (on - born).days
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return float(years) if years >= 2 else round(days / 365.25, 1)
