"""Small values for tests of the core: a formulary and glossary in memory, passages, disputes."""

from __future__ import annotations

import re
from hashlib import sha256

from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Allergy, CaseSnapshot, Dispute, Medication, Observation, Plan, PlanItem, Problem
from clinic.reasoning.values import Value
from retrieval.types import (
    Certainty,
    DrugRecord,
    Fetal,
    Interaction,
    KnownDrug,
    Passage,
    Sentence,
    Strength,
    UnitKind,
)


def drug(name: str, drug_class: str = "other", **fields: object) -> DrugRecord:
    base: dict[str, object] = {
        "name": name,
        "atc": "X00XX00",
        "drug_class": drug_class,
        "indications": ("anything",),
        "pregnancy": Fetal(advice="unknown"),
        "lactation": Fetal(advice="unknown"),
        "sources": ("test",),
    }
    return DrugRecord.model_validate({**base, **fields})


class Book:
    """A Formulary over the records given."""

    digest = "test"

    def __init__(self, *records: DrugRecord) -> None:
        self._records = {r.name: r for r in records}

    def find(self, name: str) -> DrugRecord | None:
        return self._records.get(name.casefold().strip())

    def inn(self, name: str) -> str:
        record = self.find(name)
        return record.name if record else ""

    def known(self, name: str) -> KnownDrug | None:
        return None

    def interactions_known(self, name: str) -> bool:
        return self.find(name) is not None

    def suggest(self, name: str, limit: int = 5) -> list[str]:
        return [n for n in self._records if n[:3] == name.casefold()[:3]][:limit]

    def mentioned(self, text: str) -> list[tuple[int, int, str]]:
        found = [(m.start(), m.end(), n) for n in self._records for m in re.finditer(rf"\b{re.escape(n)}\b", text, re.I)]
        return sorted(found)

    def interactions(self, a: str, b: str) -> list[Interaction]:
        one, other = self.find(a), self.find(b)
        if one is None or other is None:
            return []
        hits = [i for i in one.interactions if i.other in (other.name, other.drug_class, *other.classes)]
        hits += [i for i in other.interactions if i.other in (one.name, one.drug_class, *one.classes)]
        return sorted(hits, key=lambda i: ["high", "moderate", "low"].index(i.severity))

    def names(self) -> list[str]:
        return sorted(self._records)


class Terms:
    """A Glossary of the terms given."""

    def __init__(self, *terms: str) -> None:
        self._terms = terms

    def canonical(self, name: str) -> str:
        return name.casefold().strip()

    def mentioned(self, text: str) -> list[tuple[int, int, str]]:
        return sorted((m.start(), m.end(), t) for t in self._terms for m in re.finditer(re.escape(t), text, re.I))

    def expand(self, text: str) -> list[str]:
        return []


def passage(*sentences: str, kind: UnitKind = UnitKind.RECOMMENDATION, conditions: tuple[str, ...] = (), **fields: object) -> Passage:
    text = " ".join(sentences)
    spans, at = [], 0
    for one in sentences:
        spans.append(Sentence(text=one, start=at, end=at + len(one)))
        at += len(one) + 1
    base: dict[str, object] = {
        "id": sha256(text.encode()).hexdigest()[:16],
        "source": "guideline",
        "version": "1",
        "organisation": "Test",
        "title": "Guideline",
        "effective": "2025-01-01",
        "language": "en",
        "section": ("Treatment",),
        "kind": kind,
        "label": "R1",
        "text": text,
        "sentences": tuple(spans),
        "start": 0,
        "end": len(text),
        "strength": Strength.STRONG,
        "certainty": Certainty.HIGH,
        "conditions": conditions,
    }
    return Passage.model_validate({**base, **fields})


def evidence(*passages: Passage) -> Evidence:
    return Evidence.of(passages)


def item(drug_name: str = "", action: str = "start", **fields: object) -> PlanItem:
    return PlanItem.model_validate({"action": action, "drug": drug_name, **fields})


def plan(*items: PlanItem, rationale: str = "") -> Plan:
    return Plan(items=items, rationale=rationale)


def case(
    *problems: str,
    takes: tuple[str, ...] = (),
    allergies: tuple[Allergy, ...] = (),
    observed: dict[str, float] | None = None,
    **fields: object,
) -> CaseSnapshot:
    return CaseSnapshot.model_validate(
        {
            "age": 70,
            "sex": "female",
            "problems": tuple(Problem(name=p) for p in problems),
            "medications": tuple(Medication(drug=d) for d in takes),
            "allergies": allergies,
            "observations": tuple(Observation(name=n, value=v) for n, v in (observed or {}).items()),
            **fields,
        }
    )


def dispute(x: Plan, y: Plan, of: CaseSnapshot | None = None, question: str = "Which treatment?") -> Dispute:
    return Dispute(question=question, case=of or case("atrial fibrillation"), x=x, y=y)


__all__ = ["Book", "Terms", "Value", "case", "dispute", "drug", "evidence", "item", "passage", "plan"]
