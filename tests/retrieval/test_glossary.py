"""Conditions by any name; short abbreviations only in capitals."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.cleaning import fold
from retrieval.collection import search_terms
from retrieval.errors import SourceInvalid
from retrieval.formulary import load_formulary
from retrieval.glossary import Term, TermTable, load_glossary
from retrieval.query import Expander
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


FIXTURES = Path(__file__).parents[2] / "fixtures"
BOTH = {"thrombolysis", "fibrinolysis", "溶栓", "青霉素"}
"""Names that rightly belong to two terms: the act and the drug class; a drug and its class. They expand to both."""


@pytest.fixture(scope="module")
def search_table() -> TermTable:
    return TermTable(search_terms(load_formulary(FIXTURES / "drugs"), load_glossary(FIXTURES / "glossary")))


def test_there_are_enough_terms_in_three_languages(search_table: TermTable) -> None:
    assert sum(1 for term in search_table.terms if term.ko and term.zh) >= 1500


def test_no_name_has_two_meanings_unless_it_is_known_to(search_table: TermTable) -> None:
    owners: dict[str, set[str]] = {}
    for term in search_table.terms:
        for form in term.forms:
            owners.setdefault(fold(form), set()).add(term.term)
    assert {form for form, terms in owners.items() if len(terms) > 1} == BOTH


@pytest.mark.parametrize(
    ("query", "among"),
    [
        pytest.param("NSTEMI", "non-ST-elevation myocardial infarction", id="abbreviation"),
        pytest.param("eGFR", "estimated glomerular filtration rate", id="mixed capitals"),
        pytest.param("estimated glomerular filtration rate", "사구체여과율", id="English to Korean"),
        pytest.param("DOAC", "直接口服抗凝药", id="class to Chinese"),
        pytest.param("크레아티닌", "creatinine", id="Korean to English"),
        pytest.param("别嘌醇", "allopurinol", id="Chinese drug to English"),
    ],
)
def test_abbreviations_and_languages_expand_both_ways(search_table: TermTable, query: str, among: str) -> None:
    assert among in search_table.expand(query)


def test_a_plain_search_word_gets_its_translations_only(search_table: TermTable) -> None:
    assert {"수술", "手术"} <= set(search_table.expand("surgery")) and "operation" not in search_table.expand("surgery")
    assert Expander(search_table.terms).read("operation for appendicitis").dense == "operation for appendicitis"


def test_search_words_are_no_conditions_of_a_patient() -> None:
    assert load_glossary(FIXTURES / "glossary").mentioned("creatinine rose after surgery") == []
