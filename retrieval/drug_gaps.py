"""What the safety checks cannot know from a record, in words for a person."""

from __future__ import annotations

from retrieval.drug_classes import classes_of
from retrieval.types import DrugRecord


def missing(record: DrugRecord) -> tuple[str, ...]:
    """Facts that are not on record; an empty field is not known, which is not the same as none."""
    absent = {
        "the ATC code": not record.atc,
        "the drug class": not record.drug_class,
        "indications": not record.indications,
        "doses": not record.doses,
        "the highest daily dose": record.max_daily is None and record.max_daily_per_kg is None,
        "kidney limits": not record.renal,
        "liver limits": not record.hepatic,
        "contraindications": not record.contraindications,
        "interactions": not record.interactions,
        "use in pregnancy": record.pregnancy.advice == "unknown",
        "use in lactation": record.lactation.advice == "unknown",
        "a least age": record.min_age_years is None,
    }
    return tuple(name for name, gone in absent.items() if gone)


DECISIVE = ("contraindications", "interactions", "the highest daily dose", "kidney limits", "use in pregnancy")
"""Facts whose loss would silence a check that a replaced record made."""


def lost(old: DrugRecord, new: DrugRecord) -> tuple[str, ...]:
    """Decisive facts that the old record has and the new one does not: the classes too, for rules reach a drug through them."""
    facts = [name for name in DECISIVE if name in missing(new) and name not in missing(old)]
    classes = sorted(classes_of(old) - classes_of(new))
    return (*facts, *(f"the class {name}" for name in classes))
