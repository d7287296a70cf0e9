"""The suites `interactions` and `indications`: clear nulls, shares by label, public files as cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic import wiring
from clinic.evaluation import indications, interactions
from clinic.evaluation.bench_safety import REGIMEN, prescription, safety12
from clinic.evaluation.public_drugs import cases


@pytest.mark.parametrize(
    ("a", "b", "known", "severity"),
    [
        ("Zocor", "clarithromycin", [True, True], "high"),
        ("acetylsalicylic acid", "Eliquis", [True, True], "moderate"),
        ("evolocumab", "letrozole", [True, True], "none"),
        ("unobtainium", "apixaban", [False, True], None),
        ("captopril", "amiloride", [True, True], "moderate"),
        ("metamizole", "captopril", [False, True], None),
    ],
)
def test_a_pair_is_answered(a: str, b: str, known: list[bool], severity: str | None) -> None:
    line = interactions.answer({"id": "1", "a": a, "b": b}, 1, None)
    assert (line["known"], line["severity"]) == (known, severity)


def test_a_misspelt_drug_is_not_guessed_but_suggested() -> None:
    line = interactions.answer({"id": "1", "a": "apixabn", "b": "aspirin"}, 1, None)
    assert line["severity"] is None and line["interrupt"] is None and "apixaban" in line["suggested"][0]


def test_recall_and_false_alarms_are_counted_by_label() -> None:
    lines = [
        ({"label": "Major"}, {"known": [True, True], "severity": "high", "interrupt": True}),
        ({"label": "major"}, {"known": [True, True], "severity": "none", "interrupt": False}),
        ({"label": "none"}, {"known": [True, True], "severity": "high", "interrupt": True}),
        ({"label": "major"}, {"known": [True, False], "severity": None, "interrupt": None}),
    ]
    found = interactions.summary(lines)
    assert found["both_known"] == 3
    assert found["found_by_label"]["major"]["share"] == 0.5
    assert found["false_alarms_of_interruptions"]["share"] == 0.5


def test_an_indication_without_a_record_is_null() -> None:
    assert indications.answer({"id": "1", "drug": "unobtainium", "disease": "asthma"}, 1, None)["label"] is None


@pytest.mark.parametrize(
    ("drug", "disease", "label", "basis"),
    [
        ("captopril", "hypertension", "indicated", "class"),
        ("Etanercept", "Arthritis, Rheumatoid", "indicated", "class"),
        ("doxorubicin", "urinary bladder cancer", "indicated", "class"),
        ("imatinib", "hematologic cancer", "indicated", "class"),
        ("indomethacin", "osteoarthritis", "symptomatic", "class"),
        ("ropinirole", "Parkinson's disease", "symptomatic", "class"),
        ("mirtazapine", "endogenous depression", "symptomatic", "record"),
        ("latanoprost", "hypertension", "not_indicated", "nothing"),
        ("bisoprolol", "asthma", "not_indicated", "contraindicated"),
    ],
)
def test_a_use_is_judged_by_record_and_class(drug: str, disease: str, label: str, basis: str) -> None:
    line = indications.answer({"id": "1", "drug": drug, "disease": disease}, 1, None)
    assert (line["label"], line["basis"]) == (label, basis)


def test_indications_stand_beside_always_indicated() -> None:
    lines = [
        ({"label": "symptomatic"}, {"label": "indicated"}),
        ({"label": "not_indicated"}, {"label": "indicated"}),
        ({"label": "indicated"}, {"label": None}),
    ]
    found = indications.summary(lines)
    assert (found["answered"], found["right"]["share"], found["always_indicated"]["share"]) == (2, 0.5, 0.5)
    assert found["right_of_three"]["share"] == 0.0 and found["confusion"]["not_indicated"] == {"indicated": 1}


def test_pairs_of_a_public_file_become_cases(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(
        "drug_a,drug_b,level\nAcetylsalicylic acid,Warfarin,Major\nWarfarin,Acetylsalicylic acid,Minor\nOmeprazole,Nothing,Major\n"
    )
    found = {case["id"]: (case["label"], case["split"]) for case in cases(path, wiring.formulary())}
    assert found["aspirin + warfarin"] == ("major", "mixed")
    assert found["omeprazole + warfarin"] == ("none", "held_out")


def test_a_file_of_another_shape_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(KeyError, match="columns x, y"):
        list(cases(path, wiring.formulary()))


def test_twelve_drugs_are_checked_and_counted() -> None:
    found = safety12(plans=3)
    assert found["drugs"] == 12 and found["whole_plan"]["moderate"]["mean"] > 0
    assert all(wiring.formulary().find(drug) for slot in REGIMEN for drug in slot)
    assert prescription(["apixaban"], ["aspirin"]).case.medications[0].drug == "aspirin"
