"""Deterministic safety checks: one fact a test, over a formulary in memory."""

from __future__ import annotations

import pytest

from clinic.reasoning import safety
from clinic.reasoning.facts import Allergy, CaseSnapshot, Side
from clinic.reasoning.safety import Caution
from clinic.reasoning.safety.patient import under
from retrieval.drug_index import DrugClass, DrugIndex
from retrieval.formulary import DrugTable
from retrieval.mechanisms import Mechanisms
from retrieval.types import Amount, Contraindication, DrugRecord, Fetal, Interaction, RenalLimit, Severity
from tests.reasoning.builders import Book, Terms, case, dispute, drug, item, plan

BOOK = Book(
    drug("amoxicillin", "penicillin", allergy_groups=("penicillins",)),
    drug("cefuroxime", "cephalosporin", allergy_groups=("cephalosporins",)),
    drug("apixaban", "direct oral anticoagulant", renal=(RenalLimit(below=15, action="avoid", text="Avoid."),), max_daily=Amount(value=20, unit="mg")),
    drug("warfarin", "vitamin K antagonist", contraindications=(Contraindication(condition="active bleeding", severity=Severity.HIGH, text="No."),),
         pregnancy=Fetal(advice="avoid", text="Embryopathy.")),
    drug("naproxen", "NSAID", interactions=(Interaction(other="direct oral anticoagulant", severity=Severity.MODERATE, mechanism="bleeding", text="More bleeding."),)),
    drug("ibuprofen", "NSAID"),
    drug("metformin", "biguanide", renal=(
        RenalLimit(below=45, action="reduce", max_daily=Amount(value=1000, unit="mg"), text="Halve."),
        RenalLimit(below=30, action="avoid", text="Stop."))),
)  # fmt: skip
TERMS = Terms("active bleeding", "pregnancy")


def found(x: object, of: CaseSnapshot | None = None) -> list[Caution]:
    y = plan(item(action="observe", text="wait"))
    made = dispute(plan(x), y, of or case("pain"))  # type: ignore[arg-type]
    return [c for c in safety.cautions(made, BOOK, TERMS) if c.plan is Side.X]


def test_it_works() -> None:
    assert found(item("apixaban", dose=5, unit="mg", frequency="twice daily")) == []


def test_allergy_to_the_group_is_high() -> None:
    one = found(item("amoxicillin"), case("otitis", allergies=(Allergy(substance="penicillin", reaction="anaphylaxis"),)))
    assert [(c.code, c.severity) for c in one] == [("allergy", Severity.HIGH)]


def test_cross_reactivity_is_quiet() -> None:
    one = found(item("cefuroxime"), case("otitis", allergies=(Allergy(substance="penicillin"),)))
    assert [c.severity for c in one] == [Severity.MODERATE]


def test_prior_tolerance_silences_the_alert() -> None:
    allergy = Allergy(substance="penicillin", tolerated=("cefuroxime",))
    assert found(item("cefuroxime"), case("otitis", allergies=(allergy,))) == []


def test_interaction_by_class_with_a_current_medication() -> None:
    one = found(item("naproxen"), case("pain", takes=("apixaban",)))
    assert one[0].code == "interaction" and set(one[0].drugs) == {"naproxen", "apixaban"}


def test_stopped_medication_does_not_interact() -> None:
    made = dispute(plan(item("naproxen"), item("apixaban", "stop")), plan(item("ibuprofen")), case("pain", takes=("apixaban",)))
    assert not [c for c in safety.cautions(made, BOOK, TERMS) if c.plan is Side.X]


def test_contraindication_matches_a_problem() -> None:
    assert found(item("warfarin"), case("active bleeding"))[0].code == "contraindication"


def test_pregnancy_is_high() -> None:
    one = found(item("warfarin"), case("thrombosis", pregnant=True))
    assert [(c.code, c.severity) for c in one] == [("pregnancy", Severity.HIGH)]


@pytest.mark.parametrize(
    ("kidney", "dose", "expected"),
    [(60, 1000, []), (40, 500, []), (40, 1000, [Severity.HIGH]), (25, 250, [Severity.HIGH])],
    ids=["normal", "reduced enough", "too much for this kidney", "avoid"],
)
def test_renal_limit(kidney: float, dose: float, expected: list[Severity]) -> None:
    one = found(item("metformin", dose=dose, unit="mg", frequency="twice daily"), case("diabetes", observed={"eGFR": kidney}))
    assert [c.severity for c in one if c.code == "renal"] == expected


@pytest.mark.parametrize(("dose", "unit", "expected"), [(10, "mg", 0), (0.02, "g", 1), (15, "mg", 1), (5, "drops", 0)])
def test_maximum_dose_in_like_units(dose: float, unit: str, expected: int) -> None:
    one = found(item("apixaban", dose=dose, unit=unit, frequency="twice daily"))
    assert len([c for c in one if c.code == "maximum_dose"]) == expected


def test_two_of_one_class_are_duplicates() -> None:
    assert found(item("naproxen"), case("pain", takes=("ibuprofen",)))[0].code == "duplicate"


def test_unknown_drug_is_said_not_silent() -> None:
    one = found(item("apixabann"))
    assert one[0].code == "not_covered" and "apixaban" in one[0].text


def test_gravest_first() -> None:
    one = found(item("warfarin"), case("active bleeding", takes=("unknownium",)))
    assert [c.severity for c in one] == [Severity.HIGH, Severity.LOW]


def test_a_shared_mechanism_is_one_finding() -> None:
    rule = Interaction(other="slow with slow", severity=Severity.LOW, mechanism="slows", text="Slower.", source="a label")
    book = Book(drug("one", "a"), drug("two", "b"), drug("three", "c"))
    book.interactions = lambda a, b: [rule]  # type: ignore[method-assign]
    made = dispute(plan(item("one"), item("two")), plan(item(action="observe", text="wait")), case("pain", takes=("three",)))
    assert [set(c.drugs) for c in safety.cautions(made, book, TERMS)] == [{"one", "two", "three"}]


@pytest.mark.parametrize(
    ("reaction", "drug_name", "expected"),
    [
        ("nausea, vomiting", "amoxicillin", [Severity.MODERATE]),
        ("nausea and a rash", "amoxicillin", [Severity.HIGH]),
        ("", "amoxicillin", [Severity.HIGH]),
        ("오심", "cefuroxime", [Severity.LOW]),
    ],
)
def test_intolerance_does_not_interrupt(reaction: str, drug_name: str, expected: list[Severity]) -> None:
    allergy = Allergy(substance="amoxicillin", reaction=reaction)
    assert [c.severity for c in found(item(drug_name), case("otitis", allergies=(allergy,)))] == expected


def test_cross_reactivity_holds_in_both_directions() -> None:
    one = found(item("amoxicillin"), case("otitis", allergies=(Allergy(substance="cefuroxime", reaction="rash"),)))
    assert [c.severity for c in one] == [Severity.MODERATE]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            drug("sacubitril/valsartan", "neprilysin inhibitor", classes=("angiotensin receptor blocker",)),
            drug("losartan", "angiotensin receptor blocker"),
            True,
        ),
        (drug("sacubitril/valsartan", "neprilysin inhibitor"), drug("valsartan", "angiotensin receptor blocker"), True),
        (drug("celecoxib", "COX-2 inhibitor", classes=("NSAID",)), drug("naproxen", "NSAID"), True),
        (drug("furosemide", "loop diuretic", classes=("diuretic",)), drug("spironolactone", "MRA", classes=("diuretic",)), False),
        (drug("lamivudine", "nucleoside analogue"), drug("tenofovir", "nucleoside analogue"), False),
    ],
)
def test_duplicates_are_seen_through_combinations(one: DrugRecord, other: DrugRecord, expected: bool) -> None:
    made = dispute(plan(item(one.name), item(other.name)), plan(item(action="observe", text="wait")), case("pain"))
    assert ("duplicate" in {c.code for c in safety.cautions(made, Book(one, other), TERMS)}) is expected


def test_pregnancy_without_a_record_is_said_quietly() -> None:
    assert [(c.code, c.severity) for c in found(item("ibuprofen"), case("pain", pregnant=True))] == [("pregnancy", Severity.LOW)]


@pytest.mark.parametrize(
    ("problem", "expected"),
    [("decompensated cirrhosis", "B"), ("severe hepatic impairment", "C"), ("cirrhosis Child-Pugh A", "A"), ("cirrhosis", "")],
)
def test_liver_grade_is_read_from_problems(problem: str, expected: str) -> None:
    made = under(plan(item("ibuprofen")), Side.X, case(problem), BOOK, TERMS)
    assert made.child_pugh() == expected


def by_class(x: str, takes: str) -> list[Caution]:
    """Over one record, two drugs known by their class, and one that no rule reaches."""
    index = DrugIndex([
        DrugClass(name="glow", source="test", drugs=("lantern", "candle")),
        DrugClass(name="dark", source="test", drugs=("shade",)),
    ])  # fmt: skip
    rule = {"between": ["glow", "glow"], "severity": "moderate", "mechanism": "glows", "text": "Twice as bright.", "source": "test"}
    book = DrugTable([drug("torch", "glow")], Mechanisms.model_validate({"rules": [rule]}), index=index)
    made = dispute(plan(item(x)), plan(item(action="observe", text="wait")), case("pain", takes=(takes,)))
    return [c for c in safety.cautions(made, book, TERMS) if c.plan is Side.X]


def test_drugs_known_by_class_alone_are_checked_for_interactions_and_the_rest_is_said_to_be_unchecked() -> None:
    one = by_class("lantern", "candle")
    assert [(c.code, c.drugs) for c in one] == [
        ("interaction", ("lantern", "candle")), ("not_covered", ("lantern",)), ("not_covered", ("candle",)),
    ]  # fmt: skip
    assert "lantern has no record: interactions were checked through its class (glow); dose, kidney" in one[1].text


def test_a_class_that_no_rule_reaches_is_said_not_silent() -> None:
    one = by_class("shade", "torch")
    assert [c.code for c in one] == ["not_covered"] and "the safety checks did not cover it" in one[0].text


def test_a_record_and_a_drug_of_its_class_are_duplicates() -> None:
    assert "duplicate" in {c.code for c in by_class("lantern", "torch")}
    assert "duplicate" not in {c.code for c in by_class("lantern", "candle")}
