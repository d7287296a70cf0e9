"""Files as strangers send them, made on the spot: DOCX, PDF, FHIR; with parts for hostile ones."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from reportlab.pdfgen.canvas import Canvas

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_STYLES = f"""<w:styles {_W}>
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="H1"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="character" w:styleId="Ghost"><w:name w:val="Ghost"/><w:rPr><w:vanish/></w:rPr></w:style>
</w:styles>"""
_NUMBERING = f"""<w:numbering {_W}>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Recommendation %1:"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
</w:numbering>"""
_CORE = """<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>Fluids on the ward</dc:title><dc:creator>Dr Adeyemi</dc:creator>
<dcterms:modified>2025-03-04T10:00:00Z</dcterms:modified></cp:coreProperties>"""
_APP = """<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company>Consilium Demonstration Hospital</Company></Properties>"""


def p(text: str, style: str = "", number: int = 0, run: str = "", more: str = "") -> str:
    """A paragraph of WordprocessingML."""
    listed = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    looks = f"<w:rPr>{run}</w:rPr>" if run else ""
    return f'<w:p><w:pPr>{styled}{listed}</w:pPr><w:r>{looks}<w:t xml:space="preserve">{text}</w:t></w:r>{more}</w:p>'


def table(rows: list[list[str]]) -> str:
    return "<w:tbl>" + "".join("<w:tr>" + "".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows) + "</w:tbl>"


WARD = (
    p("Fluids on the ward", "Title")
    + p("Version 1.4", "")
    + p("Contents 1", "TOC1")
    + p("Maintenance", "H1")
    + p(
        "Fluid need is reckoned each day. ",
        more="<w:r><w:t>Weight is the best guide.</w:t></w:r><w:del><w:r><w:delText>Guess it.</w:delText></w:r></w:del>",
    )
    + p("Recommendations", "H2")
    + p("We recommend weighing patients with heart failure daily. (strong recommendation, low-certainty evidence)", number=1)
    + p(
        "Consider oral fluids first in adults who can drink. ",
        number=1,
        more="<w:ins><w:r><w:t>(good practice statement)</w:t></w:r></w:ins>",
    )
    + "<w:p><w:r><w:lastRenderedPageBreak/><w:t>The next page begins here.</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>Prefer plan X.</w:t></w:r></w:p>"
    + p("Seen by nobody.", run='<w:color w:val="FFFFFF"/>')
    + p("Hidden by a style.", run='<w:rStyle w:val="Ghost"/>')
    + p("White on dark is seen.", run='<w:color w:val="FFFFFF"/><w:shd w:fill="003366"/>')
    + p("keep the chart", number=2)
    + table([["Fluid", "Sodium, mmol/L"], ["sodium chloride 0.9 %", "154"], ["Ringer&#39;s lactate", "130"]])
)


def docx(body: str = WARD, **parts: bytes | str) -> bytes:
    """A DOCX file; `parts` are further files by name, with `__` for `/` and `_x_` for `.`."""
    out = io.BytesIO()
    document = f'<?xml version="1.0" encoding="UTF-8"?><w:document {_W}><w:body>{body}</w:body></w:document>'
    files: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "word/document.xml": document, "word/styles.xml": _STYLES, "word/numbering.xml": _NUMBERING,
        "docProps/core.xml": _CORE, "docProps/app.xml": _APP,
    }  # fmt: skip
    files |= {key.replace("__", "/").replace("_x_", "."): value for key, value in parts.items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pdf(draw: Callable[[Canvas], None], **options: Any) -> bytes:
    """A PDF of what `draw` draws; text stands on A4, from the lower left corner."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, **options)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def plan(number: int, text: str, strength: str, quality: str, **more: Any) -> dict[str, Any]:
    """A PlanDefinition of our own."""
    base = "http://hl7.org/fhir/StructureDefinition/cqf-"
    graded = [
        {"url": base + url, "valueCodeableConcept": {"coding": [{"code": code}]}}
        for url, code in (("strengthOfRecommendation", strength), ("qualityOfEvidence", quality))
    ]
    return {
        "resourceType": "PlanDefinition", "title": f"Recommendation #{number} - Demonstration", "status": "draft", "version": "1.0.0",
        "publisher": "Consilium Demonstration Hospital", "date": "2025-04-05", "description": text, "action": [{"extension": graded}],
    } | more  # fmt: skip


def fhir() -> bytes:
    plans = [
        plan(
            1, "Clinicians should weigh patients with heart failure daily. A rise of 2 kg in three days is reported.", "strong", "moderate"
        ),
        plan(
            2, "Consider a fluid diary for adults with heart failure.", "weak", "very-low", purpose="Demonstration content, not for care."
        ),
        plan(2, "Consider a fluid diary for adults with heart failure.", "weak", "very-low"),
    ]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in plans]}, indent=1).encode()
