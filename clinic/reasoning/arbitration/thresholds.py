"""Numeric conditions in a sentence ("eGFR below 30 mL/min", "aged 65 or older") decided against the patient's values.

A condition is met, not met, or open where the value is missing. Pure; units are trusted only as far as the name fixes them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clinic.reasoning.facts import CaseSnapshot

MET, UNMET, OPEN = "c", "n", "u"
"""Roles in the dialect."""


@dataclass(frozen=True)
class Threshold:
    """A stretch of text that states a numeric condition, and whether the patient meets it."""

    start: int
    end: int
    status: str
    name: str
    """The measured thing, e.g. `eGFR`."""


_NAMES: tuple[tuple[str, str], ...] = (
    ("egfr", r"eGFR|estimated (?:glomerular filtration rate|GFR)"),
    ("creatinine clearance", r"creatinine clearance|CrCl"),
    ("ejection fraction", r"(?:left ventricular )?ejection fraction|LVEF"),
    ("serum urate", r"serum urate|urate|uric acid"),
    ("creatinine", r"(?:serum )?creatinine"),
    ("potassium", r"(?:serum )?potassium"),
    ("sodium", r"(?:serum )?sodium"),
    ("haemoglobin", r"ha?emoglobin"),
    ("platelets", r"platelets?(?: count)?"),
    ("hba1c", r"HbA1c"),
    ("ldl cholesterol", r"LDL(?:[ -]cholesterol)?"),
    ("fasting glucose", r"fasting (?:plasma )?glucose"),
    ("systolic blood pressure", r"systolic (?:blood )?pressure|systolic"),
    ("body mass index", r"body mass index|BMI"),
    ("blood eosinophils", r"(?:blood )?eosinophils?(?: count)?"),
    ("cha2ds2-vasc score", r"CHA2DS2-VASc?(?: score)?|CHA2DS2-VA(?: score)?"),
    ("curb-65 score", r"CURB-65(?: score)?"),
    ("crb-65 score", r"CRB-65(?: score)?"),
    ("nihss", r"NIHSS(?: score)?"),
    ("has-bled score", r"HAS-BLED(?: score)?"),
    ("t-score", r"T-score"),
    ("lactate", r"lactate"),
    ("inr", r"INR"),
    ("tsh", r"TSH"),
    ("temperature", r"temperature"),
    ("oxygen saturation", r"oxygen saturation|SpO2"),
    ("gestational age", r"gestation(?:al age)?"),
    ("fev1", r"FEV1"),
    ("qtc", r"QTc"),
    ("weight", r"(?:body )?weight"),
    ("age", r"aged?|age of"),
)
_SAME = {
    "egfr": ("creatinine clearance",),
    "creatinine clearance": ("egfr",),
    "blood eosinophils": ("eosinophils",),
    "ldl cholesterol": ("ldl",),
}
"""Measures that may stand for one another when the wanted one is missing."""
_NUMBER = r"(-?\d+(?:[.,]\d+)?)"
_UNIT = r"(?:\s*(?:%|mL/min(?:/1\.73\s?m2)?|mmol/L|mmol/mol|[uµ]mol/L|mg/dL|g/L|g/dL|kg/m2|kg|mmHg|ms|cells/(?:microlitre|[uµ]L)|/[uµ]L|years?(?: of age)?|weeks?|points?|mIU/L|C|Cel))?"
_LINK = r"(?:\s+(?:at diagnosis|is|of|was|at|score|score of|level|count|are|falls|stays|with|a))*\s*"
_LOW, _HIGH = r"below|under|less than|lower than|<", r"above|over|more than|greater than|higher than|exceeding|>"
_AFTER_HIGH, _AFTER_LOW = (
    r"or more|or above|or older|or over|or higher|or greater|and over|and above|and older|\+",
    r"or less|or below|or lower|or younger|or under",
)
_NAMED = [
    (
        name,
        re.compile(
            rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z]){_LINK}(?:(?P<low>{_LOW})|(?P<high>{_HIGH})|(?P<least>at least|>=|≥|from)|(?P<most>at most|up to|<=|≤)|(?P<between>between))?\s*{_NUMBER}{_UNIT}"
            rf"(?:\s*(?P<and>to|and|-|–)\s*{_NUMBER}{_UNIT})?(?:\s+(?:(?P<up>{_AFTER_HIGH})|(?P<down>{_AFTER_LOW})))?",
            re.IGNORECASE if name not in ("inr",) else 0,
        ),
    )
    for name, pattern in _NAMES
]
_AGE = re.compile(
    rf"(?<![A-Za-z])(?:(?:(?P<high>{_HIGH})|(?P<low>{_LOW})|at)\s+)?(?:the age of\s+)?{_NUMBER}(?:\s+(?:years?|y)(?: of age| old)?)?(?:\s+(?:(?P<up>{_AFTER_HIGH})|(?P<down>{_AFTER_LOW})))?(?![\w%/.])",
    re.IGNORECASE,
)
_AGE_CUE = re.compile(r"(?:adults?|people|patients?|children|women|men|those|elderly|person|aged?)\s*$|years?", re.IGNORECASE)
_KILOS = re.compile(
    rf"(?<![A-Za-z])(?:(?P<low>{_LOW})|(?P<high>{_HIGH}))?\s*{_NUMBER}\s*kg(?!/)(?:\s+(?:(?P<up>{_AFTER_HIGH})|(?P<down>{_AFTER_LOW})))?",
    re.IGNORECASE,
)


def find(text: str, case: CaseSnapshot) -> list[Threshold]:
    """Every numeric condition, left to right, not overlapping."""
    found: list[Threshold] = []
    for name, pattern in _NAMED:
        for m in pattern.finditer(text):
            found += _read(m, name, case)
    for m in _KILOS.finditer(text):
        if any(m.group(g) for g in ("low", "high", "up", "down")):
            found += _read(m, "weight", case)
    for m in _AGE.finditer(text):
        compared = any(m.group(g) for g in ("low", "high", "up", "down"))
        if compared and (_AGE_CUE.search(text[: m.start()]) or "year" in m.group(0)) and "percent" not in text[m.end() : m.end() + 9]:
            found += _read(m, "age", case)
    kept: list[Threshold] = []
    for t in sorted(found, key=lambda t: (t.start, -t.end)):
        if not kept or t.start >= kept[-1].end:
            kept.append(t)
    return kept


def _read(m: re.Match[str], name: str, case: CaseSnapshot) -> list[Threshold]:
    g = m.groupdict()
    numbers = [float(n.replace(",", ".")) for n in m.groups() if n and re.fullmatch(r"-?\d+(?:[.,]\d+)?", n)]
    if not numbers or not any(g.get(k) for k in ("low", "high", "least", "most", "between", "and", "up", "down")) and name not in _SCORES:
        return []
    if name == "age" and numbers[0] > 120:
        return []
    value = _value(name, case)
    start, end = m.start(), m.end()
    if value is None:
        return [Threshold(start, end, OPEN, name)]
    first, last = numbers[0], numbers[-1]
    if g.get("low"):
        met = value < first
    elif g.get("high"):
        met = value > first
    elif g.get("down") or g.get("most"):
        met = value <= last
    elif g.get("up") or g.get("least"):
        met = value >= first
    elif len(numbers) > 1:
        met = first <= value <= last
    else:
        met = value == first
    return [Threshold(start, end, MET if met else UNMET, name)]


_SCORES = ("cha2ds2-vasc score", "curb-65 score", "crb-65 score", "has-bled score", "nihss")


def _value(name: str, case: CaseSnapshot) -> float | None:
    if name == "age":
        return case.age
    for wanted in (name, *_SAME.get(name, ())):
        for o in case.observations:
            folded = o.name.casefold().strip()
            if isinstance(o.value, (int, float)) and (folded == wanted or folded.removesuffix(" score") == wanted.removesuffix(" score")):
                return float(o.value)
    return None


_QUORUM = re.compile(
    r"(?:at least |any )?(two|three|2|3)(?: or more)? of(?: the following| these)?:?\s+((?:[^⟨⟩]{0,6}⟨[cnu]\d+⟩(?:, | and | or |; )?)+)"
)


def quorum(text: str) -> tuple[int, int, str] | None:
    """(start, end, role) of `two of ⟨n1⟩, ⟨c2⟩ and ⟨n3⟩`, decided where it can be."""
    m = _QUORUM.search(text)
    if m is None:
        return None
    roles: Sequence[str] = re.findall(r"⟨([cnu])\d+⟩", m.group(2))
    need = {"two": 2, "2": 2}.get(m.group(1), 3)
    if len(roles) < need:
        return None
    yes, open_ = roles.count(MET), roles.count(OPEN)
    return m.start(), m.start(2) + len(m.group(2).rstrip(", ;")), MET if yes >= need else OPEN if yes + open_ >= need else UNMET
