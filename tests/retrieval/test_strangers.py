"""HTML, DOCX, PDF and FHIR files give the units a person would mark; each has a golden file beside it.

`python -m tests.retrieval.test_strangers` writes the golden files anew: read the difference before keeping it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.document import Document, shown
from retrieval.intake import extract, propose
from retrieval.types import UnitKind
from tests.retrieval import cast, demonstration_pdf, strangers, strangers_cjk
from tests.retrieval.test_intake import taken_in

GOLDEN = Path(__file__).parent / "golden" / "strangers"
CDC = Path(__file__).parents[3] / "shared/data/cdc_opioid_cds"
"""Thirteen PlanDefinitions of the guideline of 2022 and its twelve recommendations, beside the checkout; CC0."""


def files() -> dict[str, bytes]:
    """One file of each format."""
    head = cast.HEAD.format(id="af", version="2", language="en", title="AF", more="")
    return {
        "ward.html": (GOLDEN / "ward.html").read_bytes(),
        "ward.docx": strangers.docx(),
        "ward.json": strangers.fhir(),
        "ward.pdf": demonstration_pdf.made(1),
        "ward.md": (head + cast.AF).encode(),
        "ward.txt": b"Fluids are reckoned daily, e.g. by weight.\nWeight is the best\nguide to fluid bal-\nance.\n\n1. Weigh daily.\n",
    }


def files_cjk() -> dict[str, bytes]:
    """The same in Korean and Chinese."""
    languages = {"ko": strangers_cjk.KOREAN, "zh": strangers_cjk.CHINESE}
    makes = {"pdf": strangers_cjk.pdf, "docx": strangers_cjk.docx}
    return {f"{language}.{ending}": make(guideline) for language, guideline in languages.items() for ending, make in makes.items()}


def told(data: bytes, name: str) -> list[str]:
    """A file's units and what was removed, a line each."""
    document = taken_in(data, name)
    lines = []
    for one in document.passages:
        grade = (
            f"{one.label or '-'}, {one.strength}, {one.certainty}, {one.population or '-'}" if one.kind is UnitKind.RECOMMENDATION else ""
        )
        place = f"{one.page or '-'} {' > '.join(one.section) or '-'}"
        lines.append(f"{one.kind}({grade}) [{place}] " + " ¶ ".join(sentence.text for sentence in one.sentences))
    return lines + [f"removed({page.number}) {what}" for page in extract(data, name) for what in page.removed]


ALL = files() | files_cjk()


@pytest.mark.parametrize("name", ALL)
def test_a_golden_file_reads_the_same(name: str) -> None:
    assert told(ALL[name], name) == (GOLDEN / f"{name}.units").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ALL)
def test_a_citation_opens_its_sentence(name: str) -> None:
    opens_its_sentences(taken_in(ALL[name], name))


def opens_its_sentences(document: Document) -> None:
    """The law of spans: what the text has between start and end is the sentence as shown; a table's row has its cells there."""
    last = 0
    for one in document.passages:
        assert last <= one.start < one.end <= len(document.text)
        last = one.start
        assert (one.start, one.end) == (one.sentences[0].start, one.sentences[-1].end)
        for sentence in one.sentences:
            raw = document.text[sentence.start : sentence.end]
            assert sentence.text
            if one.kind is UnitKind.TABLE:
                assert raw.startswith("|") and raw.endswith("|") and "\n" not in raw
            else:
                assert shown(raw, set(document.meta.references)) == sentence.text


@pytest.mark.parametrize("name", files_cjk())
def test_korean_and_chinese_recommendations_have_label_strength_and_certainty(name: str) -> None:
    found = [one for one in taken_in(ALL[name], name).passages if one.kind is UnitKind.RECOMMENDATION]
    assert [(one.label, one.strength.value, one.certainty.value, len(one.sentences)) for one in found] == [
        ("1", "strong", "high", 2), ("2", "conditional", "low", 1), ("3", "good practice", "ungraded", 1),
        ("", "strong", "moderate", 1), ("", "conditional", "low", 1),
    ]  # fmt: skip


def test_what_files_say_of_themselves_is_proposed() -> None:
    def form(name: str) -> tuple[str, ...]:
        made = propose(list(extract(ALL[name], name)), name)
        return tuple(made[key] for key in ("title", "organisation", "version", "effective", "language"))

    hospital = "Consilium Demonstration Hospital"
    assert form("ward.html") == ("Blood pressure on the ward", hospital, "2.1", "2025-02-03", "en")
    assert form("ward.docx") == ("Fluids on the ward", hospital, "1.4", "2025-03-04", "en")
    assert form("ko.pdf") == ("심방세동 시범 진료지침", "시범병원", "2", "2025-03-04", "ko")
    assert form("zh.pdf") == ("心房颤动示范指南", "示范医院", "2", "2025-03-04", "zh")
    assert form("ward.json")[1:] == (hospital, "1.0.0", "2025-04-05", "en")


def test_the_cdc_recommendations_have_the_grades_of_their_publisher() -> None:
    if not CDC.exists():
        pytest.skip("shared data is not here: cdc_opioid_cds")
    plans = [json.loads(line) for line in (CDC / "plan_definitions.jsonl").read_text(encoding="utf-8").splitlines() if line]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in plans]}
    document = taken_in(json.dumps(bundle).encode(), "cdc.json")
    found = {one.label: one for one in document.passages if one.kind is UnitKind.RECOMMENDATION}
    categories = {"A": "strong", "B": "conditional"}
    evidence = {"1": "high", "2": "moderate", "3": "low", "4": "very low"}
    rows = [json.loads(line) for line in (CDC / "recommendations.jsonl").read_text(encoding="utf-8").splitlines() if line]
    assert set(found) == {row["number"] for row in rows}
    for row in rows:
        one = found[row["number"]]
        assert one.text.replace("'", "’").startswith(" ".join(row["text"].split())[:150].replace("'", "’"))
        assert (one.strength.value, one.certainty.value) == (categories[row["category"]], evidence[row["evidence_type"]]), row["number"]


if __name__ == "__main__":
    for name, data in ALL.items():
        (GOLDEN / f"{name}.units").write_text("\n".join(told(data, name)) + "\n", encoding="utf-8")
