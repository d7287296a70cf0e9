"""What the checks need to know of a patient under one plan: the drugs on board, and facts read from the snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clinic.reasoning.facts import GIVES_DRUG, Action, CaseSnapshot, Plan, PlanItem, Side
from retrieval.types import DrugRecord, Formulary, Glossary, KnownDrug

KIDNEY = re.compile(r"egfr|creatinine clearance|crcl|gfr", re.I)
WEIGHT = re.compile(r"(?:body )?weight$", re.I)
CREATININE = re.compile(r"(?:serum |plasma )?creatinine$", re.I)
MICROMOL_PER_MG_DL = 88.4
STAGES = {"5": 14.0, "4": 29.0, "3b": 44.0, "3a": 59.0, "3": 59.0}
"""Upper limit of eGFR in each stage of chronic kidney disease."""
STAGE = re.compile(r"(?:kidney|renal) disease,? (?:stage|g) ?(3a|3b|[345])\b", re.I)
LIVER = (
    ("severe hepatic impairment", "C"), ("severe liver impairment", "C"), ("decompensated cirrhosis", "B"),
    ("decompensated liver cirrhosis", "B"), ("moderate hepatic impairment", "B"), ("mild hepatic impairment", "A"),
)  # fmt: skip
CHILD_PUGH = re.compile(r"child[- ]?pugh(?: class)?[ :]*([abc])\b", re.I)


@dataclass(frozen=True, slots=True)
class Given:
    """A drug the plan gives, with its record (None: no record, known by its class alone or not at all)."""

    item: PlanItem
    record: DrugRecord | None

    @property
    def name(self) -> str:
        return self.record.name if self.record else self.item.drug


@dataclass(frozen=True, slots=True)
class Patient:
    """One side's view: what the plan gives, what the patient keeps taking, and the case."""

    side: Side
    case: CaseSnapshot
    given: tuple[Given, ...]
    kept: tuple[DrugRecord, ...]
    """Records of current medications that the plan neither stops nor changes."""
    kept_unknown: tuple[str, ...]
    """Names, as written, of such medications without a record."""
    conditions: frozenset[str]
    formulary: Formulary
    glossary: Glossary

    def records(self) -> list[tuple[PlanItem, DrugRecord]]:
        return [(g.item, g.record) for g in self.given if g.record]

    def distinct(self) -> list[DrugRecord]:
        """Records of the drugs given, each once."""
        return list({record.name: record for _, record in self.records()}.values())

    def without_record(self) -> tuple[str, ...]:
        """Names of the drugs on board that have no record, as written, those that the plan gives first."""
        return tuple(dict.fromkeys([*(g.name for g in self.given if g.record is None), *self.kept_unknown]))

    def by_class(self, names: Iterable[str]) -> list[KnownDrug]:
        """Those of the names that are known by their class alone."""
        return [known for name in names if (known := self.formulary.known(name))]

    def observation(self, pattern: re.Pattern[str]) -> float | None:
        """The last numeric observation whose name matches."""
        values = [o.value for o in self.case.observations if pattern.search(o.name) and isinstance(o.value, (int, float))]
        return float(values[-1]) if values else None

    def weight(self) -> float | None:
        """Kilograms; a weight in another unit is not read."""
        kept = [
            o.value
            for o in self.case.observations
            if WEIGHT.match(o.name) and o.unit.casefold() in ("kg", "") and isinstance(o.value, (int, float))
        ]
        return float(kept[-1]) if kept and 0.3 < kept[-1] < 400 else None

    def kidney(self) -> float | None:
        """eGFR or creatinine clearance, mL/min: as measured, else by Cockcroft and Gault (Nephron 1976), else the upper limit of the
        stage that a problem names (KDIGO 2024): what is flagged then holds for certain."""
        measured = self.observation(KIDNEY)
        if measured is not None:
            return measured
        return cockcroft_gault(self.case, self.weight()) or _stage_limit(self.case)

    def child_pugh(self) -> str:
        """A, B, C, or empty if not recorded. Decompensated cirrhosis counts as B, severe hepatic impairment as C."""
        texts = [p.name for p in self.case.problems] + [f"{o.name} {o.value}" for o in self.case.observations]
        found = [m.group(1).upper() for t in texts if (m := CHILD_PUGH.search(t))]
        if found:
            return found[-1]
        return max((grade for t in texts for words, grade in LIVER if words in t.casefold()), default="")


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


def cockcroft_gault(case: CaseSnapshot, weight: float | None) -> float | None:
    """Creatinine clearance in mL/min of an adult, rounded; None unless age, sex, weight and creatinine with its unit are recorded."""
    found = [o for o in case.observations if CREATININE.match(o.name) and isinstance(o.value, (int, float)) and o.value > 0]
    if not found or case.age is None or case.age < 18 or case.sex not in ("female", "male") or weight is None or case.pregnant:
        return None
    value, unit = float(found[-1].value), found[-1].unit.casefold().replace("µ", "u").replace("μ", "u")
    if unit in ("umol/l", "micromol/l"):
        value /= MICROMOL_PER_MG_DL
    elif unit != "mg/dl":
        return None
    return round((140 - case.age) * weight / (72 * value) * (0.85 if case.sex == "female" else 1.0))


def _stage_limit(case: CaseSnapshot) -> float | None:
    found = [STAGES[match[1].casefold()] for problem in case.problems if (match := STAGE.search(problem.name))]
    return min(found) if found else None


def _name(drug: str, formulary: Formulary) -> str:
    return formulary.inn(drug) or drug.casefold().strip()
