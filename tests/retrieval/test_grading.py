"""Grades as guidelines word them in three languages, and words that look like grades and are none."""

from __future__ import annotations

import pytest

from retrieval.cleaning import clean
from retrieval.grading import certainty_of, graded, strength_of

GRADED = {
    "Give it. (Class IIa, Level B)": ("conditional", "moderate"),
    "Give it. (COR 1, LOE A)": ("strong", "high"),
    "Do not give it. (Class III: harm, level C-LD)": ("strong", "low"),
    "투여한다. (강한 권고, 근거수준 높음)": ("strong", "high"),
    "투여한다. (강한권고, 높은 근거수준)": ("strong", "high"),
    "투여한다. (권고등급: I, 근거수준: A)": ("strong", "high"),
    "투여한다. (권고등급 Class IIa, 근거수준 B)": ("conditional", "moderate"),
    "투여한다. (권고강도: 강함, 근거수준: 매우 낮음)": ("strong", "very low"),
    "투여한다. (권고수준: 약함, 근거의 질: 낮음)": ("conditional", "low"),
    "투여한다. (조건부 권고, 근거수준: 중간)": ("conditional", "moderate"),
    "应口服。(强推荐,高质量证据)": ("strong", "high"),
    "应口服。（推荐强度：强；证据质量：高）": ("strong", "high"),
    "应口服。（Ⅰ类推荐，A级证据）": ("strong", "high"),
    "应口服。（Ⅱa类，B级）": ("conditional", "moderate"),
    "应口服。（强推荐，低等质量证据）": ("strong", "low"),
    "应口服。（条件推荐，极低质量证据）": ("conditional", "very low"),
    "应口服。【推荐强度1，证据级别A】": ("strong", "high"),
    "应口服。（2B）": ("conditional", "moderate"),
}
NO_GRADE = (
    "Patients with dyspnoea (NYHA class III) were seen.",
    "Patients were fit for surgery (ASA class I).",
    "Flecainide (class IC antiarrhythmic) was used.",
    "Amiodarone (class III antiarrhythmic) was used.",
    "The tablets (pregnancy category B) were kept.",
    "胺碘酮（Ⅲ类抗心律失常药）用于复律。",
    "환자는 숨이 찼다(NYHA class II).",
)
CELLS = {
    "strong": "강함 강한 강 强 强推荐 I Ⅰ A", "conditional": "약함 조건부 弱 有条件 IIa Ⅱb weak B",
}  # fmt: skip
LEVELS = {"high": "높음 高 高质量 A", "moderate": "중등도 중간 中 中等 B", "low": "낮음 低 C", "very low": "매우낮음 极低 C-EO"}


@pytest.mark.parametrize("text", GRADED)
def test_a_grade_is_understood(text: str) -> None:
    grade = graded(clean(text))
    assert grade and (grade.strength.value, grade.certainty.value) == GRADED[text]


@pytest.mark.parametrize("text", NO_GRADE)
def test_a_class_of_illness_or_drugs_is_no_grade(text: str) -> None:
    assert graded(clean(text)) is None


def test_a_cell_under_its_heading_is_understood() -> None:
    assert {strength: {strength_of(clean(cell)).value for cell in cells.split()} for strength, cells in CELLS.items()} == {
        strength: {strength} for strength in CELLS
    }
    assert {level: {certainty_of(clean(cell)).value for cell in cells.split()} for level, cells in LEVELS.items()} == {
        level: {level} for level in LEVELS
    }
