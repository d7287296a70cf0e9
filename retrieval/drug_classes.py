"""Class names that imply wider ones, so that an interaction with `anticoagulant` holds for every anticoagulant."""

from __future__ import annotations

from typing import Protocol

from retrieval.cleaning import fold

IMPLIED: dict[str, tuple[str, ...]] = {
    "direct oral anticoagulant": ("anticoagulant",),
    "factor xa inhibitor": ("anticoagulant",),
    "vitamin k antagonist": ("anticoagulant",),
    "heparin": ("anticoagulant",),
    "p2y12 inhibitor": ("antiplatelet",),
    "ace inhibitor": ("renin-angiotensin system inhibitor",),
    "angiotensin receptor blocker": ("renin-angiotensin system inhibitor",),
    "dihydropyridine calcium channel blocker": ("calcium channel blocker",),
    "non-dihydropyridine calcium channel blocker": ("calcium channel blocker",),
    "loop diuretic": ("diuretic",),
    "thiazide-type diuretic": ("diuretic",),
    "mineralocorticoid receptor antagonist": ("potassium-sparing drug", "diuretic"),
    "penicillin": ("beta-lactam",),
    "cephalosporin": ("beta-lactam",),
    "carbapenem": ("beta-lactam",),
    "enzyme-inducing antiepileptic": ("antiepileptic",),
    "ssri": ("antidepressant", "serotonergic drug"),
    "snri": ("antidepressant", "serotonergic drug"),
    "tricyclic antidepressant": ("antidepressant",),
    "cox-2 inhibitor": ("nsaid",),
    "opioid": ("central nervous system depressant",),
    "benzodiazepine": ("central nervous system depressant",),
}


class Classed(Protocol):
    """A drug record, or a drug of the index."""

    @property
    def drug_class(self) -> str: ...

    @property
    def classes(self) -> tuple[str, ...]: ...


def class_key(name: str) -> str:
    """Folded, in the singular."""
    folded = fold(name)
    return folded.removesuffix("s") if len(folded) > 4 and not folded.endswith("ss") else folded


def classes_of(record: Classed) -> frozenset[str]:
    """Keys of all classes a drug belongs to, the implied ones included. A systemic corticosteroid is not implied by an inhaled one."""
    found: set[str] = set()
    waiting = [fold(name) for name in (record.drug_class, *record.classes) if name]
    while waiting:
        name = waiting.pop()
        if class_key(name) not in found:
            found.add(class_key(name))
            waiting += IMPLIED.get(name, ())
    return frozenset(found)
