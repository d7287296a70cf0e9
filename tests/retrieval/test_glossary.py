"""Conditions by any name; short abbreviations only in capitals."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import SourceInvalid
from retrieval.glossary import Term, TermTable, load_glossary
from tests.retrieval import cast


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("AF", "atrial fibrillation"),
        ("Auricular  Fibrillation", "atrial fibrillation"),
        ("심방세동", "atrial fibrillation"),
        ("房颤", "atrial fibrillation"),
        ("Unknown Thing", "unknown thing"),
    ],
)
def test_it_works(name: str, term: str) -> None:
    assert cast.glossary().canonical(name) == term


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("AF after MI", ["atrial fibrillation", "myocardial infarction"]),
        ("if he has pe or mi or af", []),
        ("PE was ruled out; PEEP was set", ["pulmonary embolism"]),
        ("Heart attacks and heart-attack", ["myocardial infarction", "myocardial infarction"]),
        ("심방세동이 있는 환자의 폐렴", ["atrial fibrillation", "pneumonia"]),
        ("房颤合并肺炎", ["atrial fibrillation", "pneumonia"]),
        ("community-acquired pneumonia", ["pneumonia"]),
    ],
)
def test_mentions(text: str, terms: list[str]) -> None:
    found = cast.glossary().mentioned(text)
    assert [term for _, _, term in found] == terms


def test_expansion_gives_the_other_names_only() -> None:
    expanded = cast.glossary().expand("Stroke prevention in AF")
    assert {"atrial fibrillation", "심방세동", "房颤"} <= set(expanded)
    assert "AF" not in expanded and "MI" not in expanded
    assert cast.glossary().expand("nothing known") == []


def test_a_name_that_two_terms_share_finds_neither_but_expands_to_both() -> None:
    table = TermTable((Term(term="pulmonary embolism", synonyms=("PE",)), Term(term="pre-eclampsia", synonyms=("PE",))))
    assert table.canonical("PE") == "pe"
    assert table.mentioned("PE") == []
    assert set(table.expand("PE")) == {"pulmonary embolism", "pre-eclampsia"}


def test_errors_name_the_file_and_the_entry(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- {term: fever}\n- {term: cough, colour: red}\n", encoding="utf-8")
    with pytest.raises(SourceInvalid, match=r"a.yaml, field entry.2.colour"):
        load_glossary(tmp_path)
    (tmp_path / "a.yaml").write_text("- {term: fever}\n- {term: Fever}\n", encoding="utf-8")
    with pytest.raises(SourceInvalid, match="stands twice"):
        load_glossary(tmp_path)


def test_no_and_on_are_text_in_yaml(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- {term: nitric oxide, synonyms: [NO, on, 1:30]}\n", encoding="utf-8")
    assert load_glossary(tmp_path).terms[0].synonyms == ("NO", "on", "1:30")
