"""Reading disagreements: what is accepted, and what each bad input is told."""

import pytest

from clinic.reasoning import intake
from clinic.reasoning.facts import Action

GOOD = {
    "question": "Which anticoagulant?",
    "case": {
        "age": 78,
        "sex": "F",
        "problems": ["atrial fibrillation"],
        "medications": ["bisoprolol"],
        "allergies": ["penicillin"],
        "observations": ["eGFR 38 mL/min", {"name": "weight", "value": 70}],
    },
    "plan_x": {"items": ["start apixaban 5 mg oral twice daily, long term"]},
    "plan_y": {"items": [{"action": "start", "drug": "warfarin"}], "rationale": "INR is controllable."},
}
DRUGS = {"apixaban", "warfarin"}


def test_it_works() -> None:
    made = intake.dispute(GOOD, DRUGS.__contains__)
    item = made.x.items[0]
    assert (item.drug, item.dose, item.unit, item.frequency, item.duration) == ("apixaban", 5, "mg", "twice daily", "long term")
    assert made.case.observations[0].value == 38 and made.case.observations[0].unit == "mL/min"
    assert made.case.sex == "female"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"question": ""}, "question"),
        ({"plan_y": {}}, "plan_y"),
        ({"plan_y": {"items": []}}, "plan_y"),
        ({"case": ["x"]}, "case"),
        ({"case": {"age": 400}}, "age"),
        ({"case": {"age": 40, "colour": "red"}}, "colour"),
        ({"plan_x": {"items": [{"action": "dance", "drug": "apixaban"}]}}, "action"),
        ({"plan_x": {"items": [{"action": "start", "drug": "apixaban", "dose": -5}]}}, "dose"),
        ({"plan_x": {"items": ["x"], "rationale": "a" * 200_000}}, "rationale"),
        ({"plan_x": {"items": ["x"], "rationale": "a" * 500_000}}, "longer"),
    ],
)
def test_bad_input_is_told_where(change: dict[str, object], says: str) -> None:
    with pytest.raises(intake.Unreadable) as error:
        intake.dispute({**GOOD, **change}, DRUGS.__contains__)
    assert says in str(error.value)


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(intake.Unreadable):
        intake.dispute(data)


def test_invisible_characters_go_and_scripts_stay() -> None:
    text = intake.clean("a\u202eb\u200bc\u0007 심방세동 房颤 مرحبا 🙂\n\tend")
    assert text == "abc 심방세동 房颤 مرحبا 🙂\n\tend"


def test_unknown_drug_is_kept_as_text() -> None:
    made = intake.dispute({**GOOD, "plan_x": {"items": ["start unknownium 5 mg oral once daily"]}}, DRUGS.__contains__)
    assert made.x.items[0].action is Action.START
    assert made.x.items[0].text == "unknownium 5 mg oral once daily"
