"""The same small guideline in Korean and in Chinese, in our own words, as PDF (fonts that every PDF reader has) and as DOCX."""

from __future__ import annotations

import io
from typing import NamedTuple

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from tests.retrieval import strangers


class Guideline(NamedTuple):
    """`told` are (style, text) in order; `rows` is the table under the last of them."""

    font: str
    wrap: str | None
    told: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, str], ...]


KOREAN = Guideline(
    "HYSMyeongJo-Medium", None,
    (
        ("Title", "심방세동 시범 진료지침"),
        ("", "시범병원. 제2판, 2025년 3월 4일. 우리말로 쓴 시범 내용이며 실제 진료에 쓰지 않는다."),
        ("H1", "배경"),
        ("", "심방세동은 흔한 부정맥이다. 뇌졸중 위험을 해마다 다시 평가하며, 출혈 위험도 함께 살핀다. 신장 기능이 나쁘면(eGFR 30 mL/min 미만) 용량을 다시 정한다."),
        ("H1", "권고"),
        ("", "권고 1. 뇌졸중 위험이 높은 심방세동 환자에게 경구 항응고제를 투여할 것을 권고한다. 기계 판막이 있으면 와파린을 쓴다. (강한 권고, 근거수준 높음)"),
        ("", "권고 2. 증상이 있는 심방세동 환자에게 박동수 조절을 고려한다. (조건부 권고, 근거수준 낮음)"),
        ("", "권고 3. 환자와 함께 치료 목표를 정하고 기록한다. (임상적 권고)"),
        ("H1", "표로 된 권고"),
    ),
    (
        ("권고 내용", "권고 등급", "근거 수준"),
        ("혈압이 높은 심방세동 환자는 방문할 때마다 혈압을 잰다.", "강함", "중등도"),
        ("수면무호흡이 의심되면 검사를 생각한다.", "IIb", "C"),
    ),
)  # fmt: skip
CHINESE = Guideline(
    "STSong-Light", "CJK",
    (
        ("Title", "心房颤动示范指南"),
        ("", "示范医院。第2版，2025年3月4日。内容为自拟示范，不用于诊疗。"),
        ("H1", "背景"),
        ("", "心房颤动是常见的心律失常。每年应重新评估卒中风险，同时评估出血风险；肾功能差（eGFR低于30 mL/min）者需重新确定剂量。示范患者的资料均为虚构。"),
        ("H1", "推荐意见"),
        ("", "推荐意见1 卒中风险高的心房颤动患者应口服抗凝药，并每年重新评估肾功能与出血风险。有机械瓣膜者使用华法林。（强推荐，高质量证据）"),
        ("", "推荐意见2：有症状的心房颤动患者可考虑控制心室率。(弱推荐,低质量证据)"),
        ("", "推荐意见3：与患者共同确定治疗目标并记录。（良好实践声明）"),
        ("H1", "推荐表"),
    ),
    (
        ("推荐意见", "推荐强度", "证据质量"),
        ("血压高的心房颤动患者每次就诊均测量血压。", "强", "中"),
        ("怀疑睡眠呼吸暂停时可考虑检查。", "IIb", "C"),
    ),
)  # fmt: skip


def pdf(guideline: Guideline) -> bytes:
    """Without an embedded font: PDFium draws and reads it with its own tables."""
    pdfmetrics.registerFont(UnicodeCIDFont(guideline.font))
    style = {
        key: ParagraphStyle(key, fontName=guideline.font, fontSize=size, leading=size * 1.35, spaceAfter=6, wordWrap=guideline.wrap)
        for key, size in (("Title", 22), ("H1", 15), ("", 10))
    }
    out = io.BytesIO()
    cells = [[Paragraph(cell, style[""]) for cell in row] for row in guideline.rows]
    grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    told = [Paragraph(text, style[key]) for key, text in guideline.told]
    SimpleDocTemplate(out, title=guideline.told[0][1]).build([*told, Table(cells, [250, 70, 70], style=grid)])
    return out.getvalue()


def docx(guideline: Guideline) -> bytes:
    body = "".join(strangers.p(text, key) for key, text in guideline.told) + strangers.table([list(row) for row in guideline.rows])
    return strangers.docx(body)
