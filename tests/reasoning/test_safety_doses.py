"""Doses in the words of a plan: how often, how much in a day, against which limit, and when it interrupts."""

from __future__ import annotations

import pytest

from clinic.reasoning import safety
from clinic.reasoning.facts import CaseSnapshot, Observation, PlanItem, Side
from clinic.reasoning.safety.amounts import daily, ratio
from clinic.reasoning.safety.frequency import per_day
from retrieval.types import Amount, Dose, RenalLimit
from tests.reasoning.builders import Book, Terms, case, dispute, drug, item, plan

WEEKLY = Dose(indication="arthritis", amount=7.5, unit="mg", route="oral", frequency="once weekly")
BOOK = Book(
    drug("levothyroxine", max_daily=Amount(value=300, unit="microgram"),
         doses=(Dose(indication="any", amount=100, unit="microgram", route="oral", frequency="once daily"),)),
    drug("paracetamol", "analgesic", max_daily=Amount(value=4000, unit="mg")),
    drug("methotrexate", "antimetabolite", doses=(WEEKLY,)),
    drug("enoxaparin", "heparin", max_daily_per_kg=Amount(value=2, unit="mg")),
    drug("insulin", "insulin", max_daily=Amount(value=100, unit="IU"), min_daily=Amount(value=4, unit="IU")),
    drug("edoxaban", "oral anticoagulant", renal=(
        RenalLimit(below=50, action="reduce", max_daily=Amount(value=30, unit="mg"), text="Halve."),
        RenalLimit(below=15, action="avoid", text="Avoid."))),
)  # fmt: skip


def codes(*given: PlanItem, of: CaseSnapshot | None = None) -> list[tuple[str, str]]:
    made = dispute(plan(*given), plan(item(action="observe", text="wait")), of or case("pain"))
    return [(c.code, c.severity.value) for c in safety.cautions(made, BOOK, Terms()) if c.plan is Side.X]


def test_it_works() -> None:
    assert codes(item("paracetamol", dose=1, unit="g", frequency="every 6 hours")) == []


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("once daily", 1), ("BD", 2), ("t.d.s.", 3), ("every 4 to 6 hours", 6), ("q8h", 3), ("8-hourly", 3), ("five times daily", 5),
        ("two to four times daily", 4), ("once weekly", 1 / 7), ("twice weekly", 2 / 7), ("every other day", 1 / 2),
        ("every 2 weeks", 1 / 14), ("every 6 months", 1 / 180), ("1일 2회", 2), ("하루 세번", 3), ("每日2次", 2), ("每天两次", 2),
        ("single dose", 1), ("as needed", None), ("every 5 minutes", None), ("before meals", None), ("every 0 hours", None), ("", None),
    ],
)  # fmt: skip
def test_frequency_is_read_or_not_known(words: str, times: float | None) -> None:
    assert per_day(words) == (None if times is None else pytest.approx(times))


@pytest.mark.parametrize(
    ("of", "weight", "total"),
    [
        (item("a", dose=500, unit="mg", frequency="twice daily"), None, (1000, "mg")),
        (item("a", dose=5, unit="mL", frequency="twice daily", text="solution 120 mg/5 mL"), None, (240, "mg")),
        (item("a", dose=5, unit="mL", frequency="twice daily"), None, None),
        (item("a 500 mg tablets", dose=2, unit="tablets", frequency="tds"), None, (3000, "mg")),
        (item("a", dose=1, unit="tablet", frequency="od", text="5 mg or 10 mg"), None, None),
        (item("a", dose=1, unit="mg/kg", frequency="twice daily"), 80, (160, "mg")),
        (item("a", dose=1, unit="mg/kg", frequency="twice daily"), None, None),
        (item("a", dose=10, unit="mg/h", frequency="continuous infusion"), None, (240, "mg")),
        (item("a", dose=15, unit="mg/m2", frequency="once weekly"), 70, None),
        (item("a", unit="mg", frequency="once daily"), None, None),
    ],
)
def test_daily_amount_is_told_or_not_guessed(of: PlanItem, weight: float | None, total: tuple[float, str] | None) -> None:
    found = daily(of, weight)
    assert (found and (found.value, found.unit)) == total


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ((1, "g"), (1000, "mg"), 1), ((1000, "mcg"), (1, "mg"), 1), ((100, "µg"), (100, "micrograms"), 1), ((10, "units"), (10, "IU"), 1),
        ((1, "mg"), (1, "units"), None), ((1, "mg"), (1, "drops"), None), ((1, "u"), (2, "iu"), 0.5), ((1, "밀리그램"), (1, "mg"), 1),
    ],
)  # fmt: skip
def test_units_are_compared_only_when_alike(one: tuple[float, str], other: tuple[float, str], share: float | None) -> None:
    found = ratio(Amount(value=one[0], unit=one[1]), Amount(value=other[0], unit=other[1]))
    assert found == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((item("levothyroxine", dose=100, unit="mg", frequency="once daily"),), [("maximum_dose", "high")]),
        ((item("levothyroxine", dose=0.1, unit="mg", frequency="once daily"),), []),
        ((item("levothyroxine", dose=1, unit="microgram", frequency="once daily"),), [("minimum_dose", "low")]),
        ((item("paracetamol", dose=1, unit="g", frequency="every 4 hours"),), [("maximum_dose", "high")]),
        ((item("paracetamol", dose=1, unit="g", frequency="every 4 to 6 hours"),), [("maximum_dose", "moderate")]),
        ((item("paracetamol", dose=1, unit="g", frequency="five times daily"),), [("maximum_dose", "moderate")]),
        ((item("paracetamol", dose=1, unit="g", frequency="as needed"),), [("dose_unchecked", "low")]),
        ((item("paracetamol", dose=10, unit="drops", frequency="once daily"),), [("dose_unchecked", "low")]),
        ((item("paracetamol", dose=1, unit="g", frequency="qds"), item("paracetamol", dose=500, unit="mg", frequency="bd")), [("maximum_dose", "moderate")]),
        ((item("methotrexate", dose=7.5, unit="mg", frequency="once daily"),), [("frequency", "high")]),
        ((item("methotrexate", dose=7.5, unit="mg", frequency="once weekly"),), []),
        ((item("methotrexate", dose=50, unit="mg", frequency="single dose"),), []),
        ((item("insulin", dose=2, unit="units", frequency="once daily"),), [("minimum_dose", "low")]),
        ((item("insulin", dose=30, unit="units", frequency="tds"),), []),
    ],
)  # fmt: skip
def test_dose_findings(given: tuple[PlanItem, ...], expected: list[tuple[str, str]]) -> None:
    assert codes(*given) == expected


@pytest.mark.parametrize(("weight", "unit", "expected"), [(50, "kg", [("maximum_dose", "moderate")]), (80, "kg", []), (110, "lb", [])])
def test_maximum_by_weight(weight: float, unit: str, expected: list[tuple[str, str]]) -> None:
    of = case("pain").model_copy(update={"observations": (Observation(name="weight", value=weight, unit=unit),)})
    assert codes(item("enoxaparin", dose=70, unit="mg", frequency="twice daily"), of=of) == expected


@pytest.mark.parametrize(
    ("observed", "problems", "expected"),
    [
        ({"eGFR": (40, "")}, (), [("renal", "high")]),
        ({"weight": (52, "kg"), "creatinine": (130, "umol/L")}, (), [("renal", "high")]),  # (140 - 84) * 52 / (72 * 1.47) * 0.85 = 23
        ({"weight": (52, "kg"), "creatinine": (130, "")}, (), []),
        ({"eGFR": (80, "")}, ("chronic kidney disease stage 4",), []),
        ({}, ("chronic kidney disease stage 4",), [("renal", "high")]),
        ({}, ("chronic kidney disease stage 5",), [("renal", "high")]),
        ({}, ("chronic kidney disease",), []),
    ],
)
def test_kidney_function_is_measured_or_estimated(
    observed: dict[str, tuple[float, str]], problems: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    noted = tuple(Observation(name=name, value=value, unit=unit) for name, (value, unit) in observed.items())
    of = case("pain", *problems, age=84).model_copy(update={"observations": noted})
    assert codes(item("edoxaban", dose=0.06, unit="g", frequency="once daily"), of=of) == expected
