"""A sentence about other patients carries no claim about this one."""

from __future__ import annotations

import pytest

from clinic.reasoning import checks
from clinic.reasoning.claims import Claim
from clinic.reasoning.facts import Side
from tests.reasoning.builders import Book, Terms, drug, evidence, passage

BOOK = Book(drug("warfarin"), drug("apixaban"))
TERMS = Terms("atrial fibrillation", "mechanical heart valve", "mitral stenosis", "stroke", "pregnancy")
HAS = frozenset({"atrial fibrillation"})


@pytest.mark.parametrize(
    ("sentence", "foreign"),
    [
        ("Use warfarin in people with a mechanical heart valve.", True),
        ("Use warfarin in atrial fibrillation with a mechanical heart valve or severe mitral stenosis.", True),
        ("Use warfarin in mitral stenosis or atrial fibrillation.", False),
        ("Use warfarin in atrial fibrillation without a mechanical heart valve.", False),
        ("Use warfarin in atrial fibrillation unless there is pregnancy.", False),
        ("Use warfarin to prevent stroke in atrial fibrillation.", False),
        ("Warfarin lowers the risk of stroke.", False),
        ("Use warfarin during pregnancy.", True),
        ("Use warfarin.", False),
        ("Pregnancy: avoid warfarin.", True),
        ("Treat pregnancy or mitral stenosis with warfarin.", True),
        ("Pregnancy changes the dose of warfarin.", False),
    ],
)
def test_requirement_the_patient_does_not_meet(sentence: str, foreign: bool) -> None:
    claim = Claim(side=Side.X, direction="for", text="Use warfarin.")
    done = checks.verify(claim, ["E1.1"], evidence(passage(sentence)), BOOK, TERMS, HAS)
    assert ("other_patients" in [o.code for o in done.objections]) is foreign


def test_without_a_patient_nothing_is_foreign() -> None:
    claim = Claim(side=Side.X, direction="for", text="Use warfarin.")
    assert checks.verify(claim, ["E1.1"], evidence(passage("Use warfarin during pregnancy.")), BOOK, TERMS).supported


def test_one_fitting_sentence_is_enough() -> None:
    claim = Claim(side=Side.X, direction="for", text="Use warfarin.")
    found = evidence(passage("Use warfarin during pregnancy."), passage("Use warfarin in atrial fibrillation."))
    assert checks.verify(claim, ["E1.1", "E2.1"], found, BOOK, TERMS, HAS).supported
