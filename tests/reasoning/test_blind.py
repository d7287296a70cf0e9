"""Names, ranks and appeals to seniority never reach the model."""

import pytest

from clinic.reasoning.blind import MASK, blinded, scrub
from tests.reasoning.builders import dispute, item, plan


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Dr Adeyemi prefers apixaban.", "Adeyemi"),
        ("As a senior consultant I prefer apixaban.", "consultant"),
        ("The head of department wants warfarin.", "head of department"),
        ("With over 20 years of experience I know this.", "20 years"),
        ("Prof. Brandt insists.", "Brandt"),
        ("주임 교수님이 권합니다.", "교수"),
        ("王主任医师认为应手术。", "主任医师"),
        ("Adeyemi said so.", "Adeyemi"),
    ],
)
def test_cue_is_removed(text: str, gone: str) -> None:
    clean, count = scrub(text, ["Folake Adeyemi"])
    assert gone not in clean and MASK in clean and count >= 1


@pytest.mark.parametrize(
    "text",
    [
        "Apixaban 5 mg twice daily for 6 months.",
        "Attending to the wound daily; internal bleeding excluded.",
        "eGFR fell over 3 years.",
        "Residual thrombus on CT.",
        "Fracture of the head of the femur in a resident of a nursing home.",
    ],
)
def test_clinical_words_stay(text: str) -> None:
    assert scrub(text) == (text, 0)


def test_every_free_text_is_scrubbed() -> None:
    made = dispute(
        plan(item(action="procedure", text="ablation, says Dr Brandt"), rationale="Professor Adeyemi agrees."),
        plan(item("warfarin"), rationale="I am the head of department."),
        question="Does Dr Brandt prevail?",
    )
    clean, count = blinded(made, ["Tobias Brandt"])
    text = clean.model_dump_json()
    assert count >= 4
    assert not any(word in text for word in ("Brandt", "Adeyemi", "Professor", "head of department"))
