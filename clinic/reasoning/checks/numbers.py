"""Every number of a claim stands in a cited sentence, with the same unit where the claim gives one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clinic.reasoning.checks.context import Context
from clinic.reasoning.claims import Objection

NUMBER = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)*)\s*(%|[a-zµμ]+(?:/[a-zµμ0-9.]+)*)?", re.I)
WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
         "ten": "10", "twelve": "12", "fourteen": "14"}  # fmt: skip
UNITS = {"mg": "mg", "g": "g", "microgram": "µg", "micrograms": "µg", "mcg": "µg", "µg": "µg", "μg": "µg", "ml": "ml", "mmol/l": "mmol/l",
         "%": "%", "day": "day", "days": "day", "week": "week", "weeks": "week", "month": "month", "months": "month", "year": "year",
         "years": "year", "hour": "hour", "hours": "hour", "h": "hour", "mmhg": "mmhg", "ml/min": "ml/min", "units": "unit",
         "unit": "unit", "kg": "kg", "mg/kg": "mg/kg"}  # fmt: skip


def check(context: Context) -> Iterator[Objection]:
    present = quantities(context.words)
    values = {value for value, _ in present}
    for value, unit in quantities(context.claim.text):
        if value not in values:
            yield Objection(code="number_not_cited", message=f"{value} does not stand in the cited sentence.")
        elif unit and (value, unit) not in present:
            yield Objection(code="unit_not_cited", message=f"{value} {unit} does not stand in the cited sentence.")


def quantities(text: str) -> set[tuple[str, str]]:
    """(number, unit) pairs; the unit is one of UNITS or empty."""
    for word, digit in WORDS.items():
        text = re.sub(rf"\b{word}\b", digit, text, flags=re.I)
    return {(_number(m.group(1)), UNITS.get((m.group(2) or "").casefold(), "")) for m in NUMBER.finditer(text)}


def _number(text: str) -> str:
    plain = text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text) else text.replace(",", ".")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
