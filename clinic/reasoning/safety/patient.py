"""What the checks need to know of a patient under one plan: the drugs on board, and facts read from the snapshot."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clinic.reasoning.facts import GIVES_DRUG, Action, CaseSnapshot, Plan, PlanItem, Side
from retrieval.types import DrugRecord, Formulary, Glossary

KIDNEY = re.compile(r"egfr|creatinine clearance|crcl|gfr", re.I)
CHILD_PUGH = re.compile(r"child[- ]?pugh(?: class)?[ :]*([abc])\b", re.I)


@dataclass(frozen=True, slots=True)
class Given:
    """A drug the plan gives, with its record (None: not in the Formulary)."""

    item: PlanItem
    record: DrugRecord | None


@dataclass(frozen=True, slots=True)
class Patient:
    """One side's view: what the plan gives, what the patient keeps taking, and the case."""

    side: Side
    case: CaseSnapshot
    given: tuple[Given, ...]
    kept: tuple[DrugRecord, ...]
    """Records of current medications that the plan neither stops nor changes."""
    kept_unknown: tuple[str, ...]
    conditions: frozenset[str]
    formulary: Formulary
    glossary: Glossary

    def records(self) -> list[tuple[PlanItem, DrugRecord]]:
        return [(g.item, g.record) for g in self.given if g.record]

    def observation(self, pattern: re.Pattern[str]) -> float | None:
        """The last numeric observation whose name matches."""
        values = [o.value for o in self.case.observations if pattern.search(o.name) and isinstance(o.value, (int, float))]
        return float(values[-1]) if values else None

    def kidney(self) -> float | None:
        """eGFR or creatinine clearance, mL/min."""
        return self.observation(KIDNEY)

    def child_pugh(self) -> str:
        """A, B, C, or empty if not recorded."""
        texts = [p.name for p in self.case.problems] + [f"{o.name} {o.value}" for o in self.case.observations]
        found = [m.group(1).upper() for t in texts if (m := CHILD_PUGH.search(t))]
        return found[-1] if found else ""


def under(plan: Plan, side: Side, case: CaseSnapshot, formulary: Formulary, glossary: Glossary) -> Patient:
    """The patient as this plan would leave them."""
    given = tuple(Given(item, formulary.find(item.drug)) for item in plan.items if item.drug and item.action in GIVES_DRUG)
    gone = {_name(i.drug, formulary) for i in plan.items if i.drug and i.action is Action.STOP}
    gone |= {_name(g.item.drug, formulary) for g in given}
    kept, unknown = [], []
    for medication in case.medications:
        if _name(medication.drug, formulary) in gone:
            continue
        record = formulary.find(medication.drug)
        if record:
            kept.append(record)
        else:
            unknown.append(medication.drug)
    conditions = {glossary.canonical(p.name) for p in case.problems}
    for problem in case.problems:
        conditions |= {term for _, _, term in glossary.mentioned(problem.name)}
    if case.pregnant:
        conditions.add("pregnancy")
    return Patient(side, case, given, tuple(kept), tuple(unknown), frozenset(conditions), formulary, glossary)


def _name(drug: str, formulary: Formulary) -> str:
    record = formulary.find(drug)
    return record.name if record else drug.casefold().strip()
