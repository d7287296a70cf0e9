"""Amounts of drug in like units: pint converts, tablets and millilitres by a strength that is written out, kilograms by a
recorded weight. Unlike units, and what is not written, are not guessed: the answer is None."""

from __future__ import annotations

import re
from functools import cache

import pint

from clinic.reasoning.facts import PlanItem
from clinic.reasoning.safety.frequency import per_day
from retrieval.types import Amount

SPELLING = {
    "mcg": "microgram", "ug": "microgram", "µg": "microgram", "μg": "microgram", "micrograms": "microgram", "milligrams": "mg",
    "grams": "g", "gram": "g", "iu": "dose_unit", "unit": "dose_unit", "units": "dose_unit", "u": "dose_unit", "international units": "dose_unit", "millilitres": "ml",
    "milliliters": "ml", "cc": "ml", "tablets": "tablet", "tabs": "tablet", "tab": "tablet", "capsules": "tablet", "capsule": "tablet",
    "밀리그램": "mg", "毫克": "mg", "정": "tablet", "片": "tablet",
}  # fmt: skip
MASS = r"(mg|g|mcg|microgram|micrograms|µg|μg|ug|units?|iu|mmol)"
STRENGTH_ML = re.compile(rf"(\d+(?:\.\d+)?) ?{MASS} ?(?:/|per|in) ?(\d+(?:\.\d+)?)? ?ml\b", re.I)
STRENGTH_TABLET = re.compile(rf"(\d+(?:\.\d+)?) ?{MASS}\b(?! ?/)", re.I)
PER_TIME = {"h": 24.0, "hr": 24.0, "hour": 24.0, "min": 1440.0, "minute": 1440.0, "day": 1.0, "d": 1.0}


def daily(item: PlanItem, weight: float | None, *, most: bool = True) -> Amount | None:
    """What the item gives in a day at most (or at least), in a unit of mass, activity or amount. None: it cannot be told."""
    if item.dose is None:
        return None
    base, _, rest = item.unit.casefold().strip().partition("/")
    parts = [part.strip() for part in rest.split("/") if part.strip()]
    value, times = item.dose, per_day(item.frequency, most=most)
    for part in parts:
        if part == "kg" and weight:
            value *= weight
        elif part in PER_TIME:
            times = PER_TIME[part]
        else:
            return None
    one = _one(value, base.strip(), f"{item.drug} {item.text}")
    return Amount(value=one.value * times, unit=one.unit) if one and times is not None else None


def ratio(amount: Amount, limit: Amount) -> float | None:
    """amount / limit; None if the units are not alike."""
    try:
        found = _units().Quantity(amount.value, spelt(amount.unit)) / _units().Quantity(limit.value, spelt(limit.unit))
        return float(found.to("").magnitude)
    except (pint.PintError, AttributeError, TypeError, ValueError, ZeroDivisionError):
        return None


def spelt(unit: str) -> str:
    """The one spelling of a unit."""
    plain = " ".join(unit.casefold().split())
    return SPELLING.get(plain, plain)


def _one(value: float, unit: str, words: str) -> Amount | None:
    """One dose by mass; millilitres and tablets through the strength in the item's words, if exactly one is written."""
    if spelt(unit) == "ml":
        found = {(float(m[1]) / float(m[3] or 1), m[2]) for m in STRENGTH_ML.finditer(words)}
    elif spelt(unit) == "tablet":
        found = {(float(m[1]), m[2]) for m in STRENGTH_TABLET.finditer(words)}
    else:
        return Amount(value=value, unit=unit)
    if len(found) != 1:
        return None
    strength, mass = found.pop()
    return Amount(value=value * strength, unit=mass)


@cache
def _units() -> pint.UnitRegistry[float]:
    registry: pint.UnitRegistry[float] = pint.UnitRegistry(cache_folder=None)
    registry.define("dose_unit = [activity]")
    return registry
