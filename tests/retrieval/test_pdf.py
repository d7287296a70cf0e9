"""The PDF reader on a file of our own making: columns, tables, running heads, page numbers; and what it refuses."""

from __future__ import annotations

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from retrieval.document import Document
from retrieval.errors import SourceEncrypted, SourceInvalid, SourceScanned
from retrieval.intake import extract
from retrieval.types import UnitKind
from tests.retrieval import demonstration_pdf
from tests.retrieval.test_intake import taken_in

CHAPTERS = 6


@pytest.fixture(scope="module")
def handbook() -> bytes:
    return demonstration_pdf.made(CHAPTERS)


@pytest.fixture(scope="module")
def document(handbook: bytes) -> Document:
    return taken_in(handbook, "handbook.pdf")


def test_it_works(document: Document) -> None:
    first = next(one for one in document.passages if one.kind is UnitKind.RECOMMENDATION)
    assert (first.label, first.strength.value, first.certainty.value, first.page) == ("1.1", "strong", "high", 2)
    assert first.section == ("1 Care of heart failure, part 1", "Recommendations")
    assert first.population == "adults with heart failure in group 1-1"
    assert first.sentences[0].text == "We recommend bisoprolol for adults with heart failure in group 1-1."
    meta = document.meta
    assert (meta.title, meta.organisation) == (demonstration_pdf.TITLE, "Consilium Demonstration Hospital")
    assert (meta.version, meta.effective, meta.language) == ("3.1", "2025-01-15", "en")


def test_every_recommendation_is_found_once_and_nothing_else_is_one(document: Document) -> None:
    found = [one for one in document.passages if one.kind is UnitKind.RECOMMENDATION]
    numbered = [one.label for one in found if one.label]
    graded = [one.text.split(":")[0] for one in found if not one.label]
    chapters = range(1, CHAPTERS + 1)
    assert numbered == [f"{chapter}.{n}" for chapter in chapters for n in range(1, 7)]
    assert graded == [f"Statement {chapter}-{n}" for chapter in chapters for n in (1, 2)]
    assert {(one.strength.value, one.certainty.value) for one in found if not one.label} == {("strong", "moderate")}


def test_two_columns_and_page_breaks_keep_the_order_of_sentences(document: Document) -> None:
    expected = [f"{chapter}.{n}.{s}" for chapter in range(1, CHAPTERS + 1) for n in (*range(4), *range(10, 24)) for s in range(1, 5)]
    told = [s.text for one in document.passages if one.kind is UnitKind.NARRATIVE for s in one.sentences]
    assert [one.split(" ")[1] for one in told if one.startswith("Sentence ")] == expected
    assert all(one.endswith(("team.", "excluded.", "participant.", "anybody.")) for one in told if one.startswith("Sentence "))


def test_running_heads_are_in_no_unit(document: Document) -> None:
    assert not [one.text for one in document.passages if "Page " in one.text or demonstration_pdf.TITLE in one.text]


def test_a_ruled_table_reads_row_by_row(document: Document) -> None:
    table = next(one for one in document.passages if one.kind is UnitKind.TABLE)
    assert table.sentences[0].text == "bisoprolol 1: usual dose 5 mg once daily; when reduced eGFR below 10 mL/min"


def test_reading_is_resumed_at_a_page(handbook: bytes) -> None:
    whole = list(extract(handbook, "handbook.pdf"))
    rest = list(extract(handbook, "handbook.pdf", first=10))
    assert [one.number for one in whole] == list(range(1, len(whole) + 1)) and {one.pages for one in whole} == {len(whole)}
    assert [one.blocks for one in rest] == [one.blocks for one in whole[9:]]


def _drawn(*pages: str, encrypt: str | None = None) -> bytes:
    """A PDF of one line a page; `picture` is a page that holds a picture only."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=encrypt)
    for text in pages:
        if text == "picture":
            from reportlab.lib.utils import ImageReader

            canvas.drawImage(ImageReader(io.BytesIO(_PICTURE)), 0, 0, 595, 842)
        else:
            canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


_PICTURE = b"P6 2 2 255\n" + bytes(12)


@pytest.mark.parametrize(
    ("pages", "which"),
    [
        pytest.param(("One.", "picture", "picture", "Four.", "picture"), "pages 2-3, 5 of 5 are pictures", id="more pictures than text"),
        pytest.param(("picture", "", "", "Four.", "picture"), "pages 1, 5 of 5 are pictures", id="blank pages do not count"),
        pytest.param(("picture",), "page 1 of 1 is a picture", id="all"),
    ],
)
def test_a_scan_is_refused_by_its_pages(pages: tuple[str, ...], which: str) -> None:
    with pytest.raises(SourceScanned, match=which):
        list(extract(_drawn(*pages), "scan.pdf"))


def test_a_few_pictures_among_text_are_passed_over_and_told() -> None:
    data = _drawn("picture", "Adults are weighed daily.", "", "Fluids are reckoned.", "picture")
    pages = list(extract(data, "cover.pdf"))
    assert [[block.text for block in page.blocks] for page in pages] == [[], ["Adults are weighed daily."], [], ["Fluids are reckoned."], []]
    told = "page {} is a picture without text: it was not read"
    assert [page.removed for page in pages] == [(told.format(1),), (), (), (), (told.format(5),)]
    assert [(one.page, one.text) for one in taken_in(data, "cover.pdf").passages] == [
        (2, "Adults are weighed daily."), (4, "Fluids are reckoned."),
    ]  # fmt: skip


def test_a_password_is_refused_with_what_to_do() -> None:
    with pytest.raises(SourceEncrypted, match="Save it without one"):
        list(extract(_drawn("Secret.", encrypt="demo"), "locked.pdf"))


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(SourceInvalid, match="not a PDF"):
        list(extract(b"<html>", "page.pdf"))
