"""What word processors, LaTeX and browsers do to a guideline on its way to paper, and how its units come back whole."""

from __future__ import annotations

import io

import pytest
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph

from retrieval.assembly import assemble
from retrieval.document import Document, Meta
from retrieval.errors import SourceInvalid
from retrieval.grading import badge
from retrieval.intake import extract
from retrieval.page import Block, Page
from retrieval.readers.decoding import decoded
from retrieval.readers.pdf_blocks import Sizes, blocks
from retrieval.readers.pdf_lines import Line
from retrieval.types import Certainty, Strength, UnitKind

META = Meta(id="ward", title="On the ward", organisation="Ward", version="1", effective="2026-01-01", language="en")
SAID = (
    "<b>Recommendation 1.</b> In adults with atrial fibrillation and at least two further risks of stroke, a direct oral anticoagulant is "
    "recommended in preference to a vitamin K antagonist. (Class I, Level A)",
    "<b>Recommendation 2.</b> In patients with mechanical heart valves or more than mild mitral stenosis, direct oral anticoagulants "
    "should not be used. (Class III, Level B)",
    "The reason for both is that trials which compared the older drug with the newer ones saw fewer bleedings into the brain, while in "
    "patients with valves made of metal the newer ones failed, and the trial had to be ended before its time.",
    "<b>Recommendation 3.</b> In patients who take digoxin and have lost kidney function, the level of the drug should be measured "
    "within one week, and the dose halved where it is above the target. (Class IIa, Level C)",
)


def columns(gutter: float) -> bytes:
    """Two justified columns with so many points between them, without space between paragraphs."""
    out, width, style = io.BytesIO(), 240.0, ParagraphStyle("body", fontSize=10, leading=12, alignment=TA_JUSTIFY, firstLineIndent=15)
    frames = [
        Frame(50 + n * (width + gutter), 500, width, 240, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0) for n in (0, 1)
    ]
    document = BaseDocTemplate(out, pagesize=(600, 800))
    document.addPageTemplates(PageTemplate(frames=frames))
    document.build([Paragraph(text, style) for text in SAID * 2])
    return out.getvalue()


def units(*made: Block) -> Document:
    return assemble([Page(number=1, pages=1, blocks=made)], META)


def recommended(document: Document) -> list[tuple[str, str, str, str]]:
    found = (one for one in document.passages if one.kind is UnitKind.RECOMMENDATION)
    return [(one.label, one.strength, one.certainty, one.text) for one in found]


@pytest.mark.parametrize("gutter", [9.0, 12.0, 24.0])
def test_narrow_columns_are_read_one_after_the_other(gutter: float) -> None:
    document = assemble(list(extract(columns(gutter), "two.pdf")), META)
    words = " ".join(document.text.split())
    for text in SAID:
        assert words.count(text.replace("<b>", "").replace("</b>", "")) == 2
    grades = [("1", "strong", "high"), ("2", "strong", "moderate"), ("3", "conditional", "low")]
    assert [one[:3] for one in recommended(document)[:3]] == grades


def line(text: str, left: float, top: float, right: float, bold: bool = False) -> Line:
    return Line(text, (left, top, right, top + 10.8), 11.0, bold)


def test_a_bullet_from_a_symbol_font_opens_an_item() -> None:
    lines = [
        line("Offer influenza vaccine each year to all patients with heart", 108, 73.8, 506),
        Line("\uf0b7", (90.1, 74.9, 94.6, 82.2), 11.0, False),
        line("failure who have no reason against it.", 108, 88.5, 320),
    ]
    (item,), _ = blocks(lines, Sizes(11, ()))
    assert item == Block(kind="item", text="Offer influenza vaccine each year to all patients with heart failure who have no reason against it.")


def test_contents_without_dots_are_passed_over() -> None:
    lines = [
        line("Contents", 50, 50, 120, bold=True),
        line("1 Introduction", 50, 70, 140, bold=True), line("1", 500, 70, 505),
        line("2.1 Choice of drug", 60, 84, 160), line("12", 500, 84, 511),
        line("Introduction", 50, 130, 140, bold=True),
        line("Atrial fibrillation is frequent.", 50, 150, 300),
    ]  # fmt: skip
    made, passed = blocks(lines, Sizes(11, ()))
    assert (passed, [one.text for one in made]) == (3, ["Introduction", "Atrial fibrillation is frequent."])


@pytest.mark.parametrize(
    ("text", "label", "strength", "certainty"),
    [
        ("Strong", "", Strength.STRONG, Certainty.UNGRADED),
        ("Recommendation 4", "4", Strength.UNGRADED, Certainty.UNGRADED),
        ("Recommendation 1 Strong Moderate", "1", Strength.STRONG, Certainty.MODERATE),
        ("Recommendation 2: Weak | Very low", "2", Strength.CONDITIONAL, Certainty.VERY_LOW),
        ("COR IIa, LOE B-NR", "", Strength.CONDITIONAL, Certainty.MODERATE),
        ("Class III  Level C", "", Strength.STRONG, Certainty.LOW),
        ("Conditional recommendation, low-certainty evidence", "", Strength.CONDITIONAL, Certainty.LOW),
        ("1A", "", Strength.STRONG, Certainty.HIGH),
    ],
)
def test_a_grade_that_stands_alone_is_understood(text: str, label: str, strength: Strength, certainty: Certainty) -> None:
    assert badge(text) == (label, strength, certainty)


@pytest.mark.parametrize("text", ["Recommendations", "Strong opioids", "High dose", "Moderate exercise", "", "Recommendation 4 is new.", "I"])
def test_words_that_say_something_are_no_badge(text: str) -> None:
    assert badge(text) is None


def test_a_badge_belongs_to_the_words_after_it() -> None:
    document = units(
        Block(kind="heading", text="Treatment", level=1),
        Block(kind="paragraph", text="Recommendation 1 Strong Moderate"),
        Block(kind="paragraph", text="For adults with septic shock we suggest antimicrobials within one hour."),
        Block(kind="heading", text="Recommendation 2", level=2),
        Block(kind="paragraph", text="Weak Low"),
        Block(kind="paragraph", text="Give at least 30 mL/kg of crystalloid in the first three hours."),
        Block(kind="paragraph", text="Fluids are given in boluses, and their effect is measured."),
    )
    assert recommended(document) == [
        ("1", "strong", "moderate", "For adults with septic shock we suggest antimicrobials within one hour."),
        ("2", "conditional", "low", "Give at least 30 mL/kg of crystalloid in the first three hours."),
    ]
    assert document.passages[-1].kind is UnitKind.NARRATIVE


@pytest.mark.parametrize("title", ["References", "7. References", "Bibliography", "Table of contents", "참고문헌", "参考文献"])
def test_lists_of_papers_and_contents_give_no_units(title: str) -> None:
    entry = Block(kind="item", text="Writer A. We recommend apixaban in atrial fibrillation (strong recommendation). J Example 2021.")
    document = units(
        Block(kind="heading", text="Care", level=1), Block(kind="paragraph", text="Atrial fibrillation is frequent."),
        Block(kind="heading", text=title, level=1), entry, Block(kind="heading", text="Annex", level=1), Block(kind="paragraph", text="Doses."),
    )  # fmt: skip
    assert [one.text for one in document.passages] == ["Atrial fibrillation is frequent.", "Doses."]
    assert "We recommend apixaban" in document.text, "it stays readable"


@pytest.mark.parametrize("again", ["", "| Recommendation | Class | Level |\n|---|---|---|\n"], ids=["heads once", "heads on each page"])
def test_a_row_that_a_page_break_cuts_is_one(again: str) -> None:
    heads = "| Recommendation | Class | Level |\n|---|---|---|\n"
    before = heads + "| Diltiazem is not recommended in | III | C |"
    rest = "| patients with reduced ejection fraction. |  |  |\n"
    after = (again + rest if again else rest + "|---|---|---|\n") + "| Offer dapagliflozin to patients with heart failure. | I | A |"
    pages = [Page(number=n, pages=2, blocks=(Block(kind="table", text=text),)) for n, text in enumerate((before, after), start=1)]
    assert recommended(assemble(pages, META)) == [
        ("", "strong", "low", "Diltiazem is not recommended in patients with reduced ejection fraction."),
        ("", "strong", "high", "Offer dapagliflozin to patients with heart failure."),
    ]


def test_a_list_whose_line_breaks_were_lost_is_a_list() -> None:
    advice = [f"Offer vaccine {n} to adults with heart failure (strong recommendation, low-quality evidence)." for n in range(1, 40)]
    (page,) = extract(f"Recommendations\n\nThe panel advises: {' '.join('- ' + one for one in advice)}".encode(), "pasted.txt")
    assert [one[3] for one in recommended(assemble([page], META))] == advice


def test_no_grade_is_that_of_a_whole_chapter() -> None:
    long = "We recommend aspirin (strong recommendation, high-quality evidence). " + "Much more is said of it in this chapter. " * 70
    document = units(Block(kind="heading", text="Recommendations", level=1), Block(kind="paragraph", text=long))
    assert {one.kind for one in document.passages} == {UnitKind.NARRATIVE}


@pytest.mark.parametrize(
    "text",
    [
        "The strength of therapeutic recommendations (Strong, Moderate, Optional) is defined at the end of the field.",
        "Definitions for the quality of the evidence (High, Low) and the strength of recommendations (Strong, Conditional) are provided below.",
    ],
)
def test_a_sentence_about_the_grades_bears_none(text: str) -> None:
    document = units(Block(kind="heading", text="Recommendations", level=1), Block(kind="paragraph", text=text))
    assert not recommended(document)


KOREAN = "심방세동 환자에게 경구 항응고제를 권고한다. 신장 기능을 일 년에 한 번 이상 확인한다. 용량은 체중과 나이에 따라 줄인다."
CHINESE = "对于心房颤动患者，推荐使用口服抗凝药。每年至少检查一次肾功能，并根据体重和年龄减少剂量。出血时应停药。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(KOREAN, "euc-kr"), (KOREAN, "cp949"), (CHINESE, "gb2312"), (CHINESE, "gb18030"), (KOREAN, "utf-16"), (CHINESE, "utf-8-sig")],
)
def test_text_in_a_national_encoding_is_read(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding), "a.txt") == text
    assert text in next(extract(f"<html><body><p>{text}</p></body></html>".encode(encoding), "a.html")).blocks[0].text


@pytest.mark.parametrize("data", ["Dosis für Säuglinge".encode("latin-1"), CHINESE.encode("gb18030")[:-1] + b"\xff", b"\x80\x81"])
def test_letters_that_would_be_guessed_are_refused(data: bytes) -> None:
    with pytest.raises(SourceInvalid, match="Save the file as UTF-8"):
        decoded(data, "a.txt")
