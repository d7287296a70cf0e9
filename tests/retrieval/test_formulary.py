"""Drug records: exact lookups, suggestions, mentions, interactions, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval import efficacy
from retrieval.errors import SourceInvalid
from retrieval.formulary import DrugTable, load_formulary, read_record
from retrieval.types import Efficacy, Severity, UnitKind
from tests.retrieval import cast


@pytest.fixture(scope="module")
def table() -> DrugTable:
    return cast.formulary()


@pytest.mark.parametrize(
    ("name", "inn"),
    [
        ("apixaban", "apixaban"),
        (" APIXABAN ", "apixaban"),
        ("Eliquis", "apixaban"),
        ("Eliquis®", "apixaban"),
        ("b01af02", "apixaban"),
        ("아픽사반", "apixaban"),
        ("阿哌沙班", "apixaban"),
        ("apixaban 5 mg tablets", "apixaban"),
        ("warfarin sodium", "warfarin"),
        ("acetylsalicylic acid", "aspirin"),
        ("amoxicillin/clavulanic acid", "amoxicillin/clavulanic acid"),
        ("clavulanic acid + amoxicillin", "amoxicillin/clavulanic acid"),
        ("amoxicillin and clavulanic acid", "amoxicillin/clavulanic acid"),
        ("co-amoxiclav", "amoxicillin/clavulanic acid"),
        ("unobtainium", None),
        ("amoxicillin", None),
        ("apixaban/warfarin", None),
        ("", None),
    ],
)
def test_it_finds_exactly(table: DrugTable, name: str, inn: str | None) -> None:
    found = table.find(name)
    assert (found.name if found else None) == inn


@pytest.mark.parametrize(
    ("misspelt", "inn"),
    [("apixiban", "apixaban"), ("warfrin", "warfarin"), ("eliqis", "apixaban"), ("아픽사번", "apixaban"), ("ibuprofin", "ibuprofen")],
)
def test_a_misspelt_name_gets_the_right_suggestion_first(table: DrugTable, misspelt: str, inn: str) -> None:
    assert table.find(misspelt) is None
    assert table.suggest(misspelt)[0] == inn


def test_nonsense_gets_no_suggestion(table: DrugTable) -> None:
    assert table.suggest("qqqqqq") == [] == table.suggest("")


@pytest.mark.parametrize(
    ("text", "inns"),
    [
        ("Start Eliquis, stop warfarin.", ["apixaban", "warfarin"]),
        ("아픽사반을 시작하고 와파린은 중단", ["apixaban", "warfarin"]),
        ("改用阿哌沙班治疗", ["apixaban"]),
        ("amoxicillin / clavulanic acid", ["amoxicillin/clavulanic acid"]),
        ("low-molecular-weight heparin or heparin", ["heparin"]),
        ("aspirins and preaspirin", ["aspirin"]),
        ("ASA but not asa", ["aspirin"]),
    ],
)
def test_mentions_are_whole_words_and_the_longest(table: DrugTable, text: str, inns: list[str]) -> None:
    found = table.mentioned(text)
    assert [inn for _, _, inn in found] == inns
    assert all(left[1] <= right[0] for left, right in zip(found, found[1:], strict=False))


def test_mentions_carry_spans(table: DrugTable) -> None:
    text = "Start Eliquis now"
    assert [text[start:end] for start, end, _ in table.mentioned(text)] == ["Eliquis"]


def test_interactions_hold_in_both_directions_by_class_and_name(table: DrugTable) -> None:
    one, other = table.interactions("apixaban", "ibuprofen"), table.interactions("Brufen", "Eliquis")
    assert [found.severity for found in one] == [Severity.HIGH, Severity.MODERATE] == [found.severity for found in other]
    assert [found.other for found in table.interactions("warfarin", "ibuprofen")] == ["anticoagulant"]
    assert [found.other for found in table.interactions("aspirin", "apixaban")] == ["apixaban"]


def test_no_interaction_is_invented(table: DrugTable) -> None:
    assert table.interactions("aspirin", "ibuprofen") == []
    assert table.interactions("apixaban", "unobtainium") == []
    assert table.interactions("apixaban", "Eliquis") == []


def test_classes_include_those_they_imply(table: DrugTable) -> None:
    assert {"anticoagulant", "direct oral anticoagulant"} <= table.classes("apixaban")
    assert table.classes("unobtainium") == frozenset()


def test_the_digest_follows_the_content(table: DrugTable) -> None:
    assert cast.formulary().digest == table.digest
    assert DrugTable(table.records()[1:]).digest != table.digest


@pytest.mark.parametrize(
    ("data", "field"),
    [
        pytest.param(cast.drug("x", "NSAID").replace(b"atc: B01AF02\n", b""), "atc", id="field missing"),
        pytest.param(cast.drug("x", "NSAID") + b"colour: red\n", "colour", id="unknown field"),
        pytest.param(cast.drug("x", "NSAID").replace(b"advice: avoid", b"advice: maybe"), "pregnancy.advice", id="unknown word"),
        pytest.param(cast.drug("Xyz", "NSAID"), "name", id="capital"),
        pytest.param(b"- a\n- b\n", "not a list of fields", id="a list"),
        pytest.param(b"a: &x 1\nb: *x\n", "anchors", id="anchors"),
    ],
)
def test_an_error_names_the_file_and_the_field(data: bytes, field: str) -> None:
    with pytest.raises(SourceInvalid) as caught:
        read_record(data, "xyz.yaml")
    assert str(caught.value).startswith("xyz.yaml") and field in str(caught.value)


def test_a_drug_may_not_have_two_files(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_bytes(cast.drug("xyz", "NSAID"))
    with pytest.raises(SourceInvalid, match="b.yaml"):
        load_formulary(tmp_path)


def test_an_efficacy_record_becomes_one_clear_sentence(table: DrugTable) -> None:
    record = table.find("apixaban")
    document = efficacy.document(record) if record else None
    assert document is not None
    (passage,) = document.passages
    assert (passage.source, passage.kind) == ("drug:apixaban", UnitKind.EFFICACY)
    assert passage.text == (
        "In atrial fibrillation (adults with a stroke risk factor), apixaban compared with warfarin lowered stroke or systemic embolism: "
        "HR 0.79 (95% CI 0.66 to 0.95); 18,201 participants; ARISTOTLE 2011."
    )
    assert passage.reference == "ARISTOTLE, N Engl J Med 2011"
    assert document.text[passage.start : passage.end] == passage.text


@pytest.mark.parametrize(
    ("measure", "effect", "favours", "words"),
    [
        ("HR", 0.8, "drug", "lowered death"),
        ("RR", 1.3, "comparator", "raised death"),
        ("MD", -2.0, "drug", "lowered death"),
        ("OR", 1.02, "neither", "made no clear difference to death"),
    ],
)
def test_the_direction_is_said_in_words(measure: str, effect: float, favours: str, words: str) -> None:
    one = Efficacy.model_validate(
        {
            "indication": "i",
            "comparator": "c",
            "outcome": "death",
            "measure": measure,
            "effect": effect,
            "trial": "T",
            "year": 2000,
            "favours": favours,
        }
    )
    assert words in efficacy.sentence("d", one)


def test_a_drug_without_efficacy_has_no_source(table: DrugTable) -> None:
    record = table.find("warfarin")
    assert record is not None and efficacy.document(record) is None
