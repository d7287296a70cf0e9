"""Makes a PDF of several hundred pages in our own words: headings, numbered recommendations, tables, running heads, two columns.

Run as a program it writes one: `python -m tests.retrieval.demonstration_pdf FILE [CHAPTERS]`. About four pages a chapter.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

TITLE = "Demonstration handbook of ward practice"
DRUGS = ("apixaban", "bisoprolol", "metformin", "ramipril", "furosemide", "amoxicillin", "salbutamol", "levothyroxine")
CONDITIONS = ("atrial fibrillation", "heart failure", "type 2 diabetes", "hypertension", "oedema", "pneumonia", "asthma", "hypothyroidism")
GRADES = (
    ("We recommend", "strong recommendation, moderate-certainty evidence"),
    ("We suggest", "conditional recommendation, low-certainty evidence"),
    ("We recommend", "strong recommendation, high-certainty evidence"),
)
_BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=13, spaceAfter=6, alignment=4)
_H1 = ParagraphStyle("h1", fontName="Helvetica-Bold", fontSize=18, leading=22, spaceBefore=8, spaceAfter=10)
_H2 = ParagraphStyle("h2", fontName="Helvetica-Bold", fontSize=13, leading=16, spaceBefore=8, spaceAfter=5)
_CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=8.5, leading=10.5)


def made(chapters: int = 80, last: tuple[str, ...] = ()) -> bytes:
    """The whole file. `last`: title, then recommendations, of one more chapter."""
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, title=TITLE, author="Consilium Demonstration Hospital")
    width, height = A4
    left, bottom, inner, gap = 22 * mm, 22 * mm, width - 44 * mm, 8 * mm
    one = Frame(left, bottom, inner, height - 48 * mm, id="one")
    column = (inner - gap) / 2
    two = [Frame(left + n * (column + gap), bottom, column, height - 48 * mm, id=f"two{n}") for n in (0, 1)]
    document.addPageTemplates([PageTemplate("one", [one], onPage=_furniture), PageTemplate("two", two, onPage=_furniture)])
    story: list[object] = [
        Paragraph(TITLE, ParagraphStyle("title", parent=_H1, fontSize=26, leading=32)),
        Paragraph("Consilium Demonstration Hospital", _BODY),
        Paragraph("Version 3.1, effective 15 January 2025", _BODY),
        Paragraph("Demonstration content in our own words, not for care.", _BODY),
    ]
    for number in range(1, chapters + 1):
        story += _chapter(number)
    if last:
        heads = (Paragraph(f"{chapters + 1} {last[0]}", _H1), Paragraph("Recommendations", _H2))
        story += [NextPageTemplate("one"), PageBreak(), *heads, *(Paragraph(f"{chapters + 1}.{n} {text}", _BODY) for n, text in enumerate(last[1:], 1))]
    document.build(story)
    return out.getvalue()


def _chapter(number: int) -> list[object]:
    drug, condition = DRUGS[number % len(DRUGS)], CONDITIONS[number % len(CONDITIONS)]
    story: list[object] = [
        NextPageTemplate("one"), PageBreak(),
        Paragraph(f"{number} Care of {condition}, part {number}", _H1),
        Paragraph("Background", _H2),
        *(Paragraph(_prose(number, n, drug, condition), _BODY) for n in range(4)),
        Paragraph("Recommendations", _H2),
    ]  # fmt: skip
    for n in range(1, 7):
        verb, grade = GRADES[(number + n) % len(GRADES)]
        story.append(
            Paragraph(
                f"{number}.{n} {verb} {drug} for adults with {condition} in group {number}-{n}. "
                f"Review the dose after {n + 1} weeks. ({grade})", _BODY,
            )
        )  # fmt: skip
    story += [Paragraph("Doses", _H2), _ruled(number, drug), Spacer(1, 8), Paragraph("Graded statements", _H2), _graded(number, condition)]
    story += [NextPageTemplate("two"), PageBreak(), Paragraph("Reasons", _H2)]
    story += [Paragraph(_prose(number, 10 + n, drug, condition), _BODY) for n in range(14)]
    return story


def _prose(number: int, n: int, drug: str, condition: str) -> str:
    return (
        f"Sentence {number}.{n}.1 says that people with {condition} were seen in the demonstration clinic by a multidisciplinary team. "
        f"Sentence {number}.{n}.2 says that {drug} was begun when the indication had been confirmed and contraindications excluded. "
        f"Sentence {number}.{n}.3 says that monitoring, communication and documentation were agreed with every participant. "
        f"Sentence {number}.{n}.4 says nothing about any real patient and makes no recommendation for anybody."
    )


def _ruled(number: int, drug: str) -> Table:
    rows = [
        ["Drug", "Usual dose", "When reduced"],
        *([f"{drug} {n}", f"{n * 5} mg once daily", f"eGFR below {n * 10} mL/min"] for n in range(1, 5)),
    ]
    style = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#1f3b57"))])
    style.add("TEXTCOLOR", (0, 0), (-1, 0), colors.white)
    return Table(
        [[cell if row == 0 else Paragraph(cell, _CELL) for cell in cells] for row, cells in enumerate(rows)], [120, 120, 180], style=style
    )


def _graded(number: int, condition: str) -> Table:
    rows = [["Recommendation", "Class", "Level"]] + [
        [
            f"Statement {number}-{n}: blood pressure should be measured at each visit in patients with {condition} who take medicines.",
            "I",
            "B",
        ]
        for n in range(1, 3)
    ]
    style = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    return Table([[Paragraph(cell, _CELL) for cell in cells] for cells in rows], [300, 60, 60], style=style)


def _furniture(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.drawString(22 * mm, A4[1] - 14 * mm, TITLE)
    canvas.drawRightString(A4[0] - 22 * mm, A4[1] - 14 * mm, "Consilium Demonstration Hospital")
    canvas.drawCentredString(A4[0] / 2, 12 * mm, f"Page {document.page}")
    canvas.restoreState()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(made(int(sys.argv[2]) if len(sys.argv) > 2 else 80))
