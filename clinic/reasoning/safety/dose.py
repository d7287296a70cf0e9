"""Daily dose against the drug's maximum, in like units (pint converts; unlike units are not guessed)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pint

from clinic.reasoning.facts import PlanItem
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Severity

TIMES = {
    "once": 1, "daily": 1, "od": 1, "every day": 1, "at night": 1, "once daily": 1, "nightly": 1, "in the morning": 1,
    "twice": 2, "twice daily": 2, "bd": 2, "bid": 2, "three times daily": 3, "tds": 3, "tid": 3,
    "four times daily": 4, "qds": 4, "qid": 4, "once weekly": 1 / 7, "weekly": 1 / 7,
}  # fmt: skip
EVERY = re.compile(r"every (\d+)(?: ?(?:to|-) ?\d+)? ?(?:h|hours?|hourly)\b", re.I)


def per_day(frequency: str) -> float | None:
    """Doses a day, e.g. `every 8 hours` -> 3; None if the wording is not known."""
    text = " ".join(frequency.casefold().split())
    if match := EVERY.search(text):
        return 24 / int(match.group(1))
    if text in TIMES:
        return TIMES[text]
    known = [words for words in TIMES if text.startswith(words)]
    return TIMES[max(known, key=len)] if known else None


def daily(item: PlanItem) -> float | None:
    """The item's daily dose in its own unit; None if it cannot be told."""
    times = per_day(item.frequency)
    return item.dose * times if item.dose is not None and times is not None else None


@cache
def _units() -> pint.UnitRegistry[float]:
    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    registry.define("unit = [activity] = units = IU = iu")
    return registry


def check(patient: Patient) -> Iterator[Caution]:
    for item, record in patient.records():
        taken = daily(item)
        if taken is None or record.max_daily is None:
            continue
        try:
            ratio = (_units().Quantity(taken, item.unit) / _units().Quantity(record.max_daily.value, record.max_daily.unit)).to("")
        except (pint.PintError, AttributeError, TypeError, ValueError):
            continue
        if ratio.magnitude > 1.0001:
            yield Caution(
                code="maximum_dose",
                severity=Severity.HIGH if ratio.magnitude >= 1.5 else Severity.MODERATE,
                plan=patient.side,
                drugs=(record.name,),
                text=f"{record.name} {taken:g} {item.unit} a day is above the maximum of "
                f"{record.max_daily.value:g} {record.max_daily.unit} a day.",
                source=f"Formulary: {record.name}",
            )
