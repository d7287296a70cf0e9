"""Drugs known by their class alone: one name each, found by any name, checked by mechanism, and never taken for a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval import naming
from retrieval.drug_classes import class_key
from retrieval.drug_index import load_index
from retrieval.errors import SourceInvalid
from retrieval.formulary import DrugTable, load_formulary
from retrieval.mechanisms import load_mechanisms
from retrieval.types import Severity
from tests.reasoning.builders import drug

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def table() -> DrugTable:
    return load_formulary(
        FIXTURES / "drugs", load_mechanisms(FIXTURES / "interactions" / "mechanisms.yaml"), index=load_index(FIXTURES / "drug_index")
    )


@pytest.mark.parametrize(
    ("name", "inn"),
    [
        ("captopril", "captopril"),
        ("Glyburide 5 mg tablets", "glibenclamide"),
        ("cyclosporine", "ciclosporin"),
        ("ketoconazole", "ketoconazole"),
        ("timolol eye drops", "timolol"),
        ("Zocor", "simvastatin"),
        ("unobtainium", ""),
    ],
)
def test_a_drug_is_known_by_any_of_its_names(table: DrugTable, name: str, inn: str) -> None:
    assert table.inn(name) == inn


def test_a_drug_of_the_index_has_no_record(table: DrugTable) -> None:
    assert [name for name in table.drug_index.drugs if table.find(name)] == []
    assert table.known("captopril") is not None and table.known("simvastatin") is None and table.known("unobtainium") is None


def test_a_further_name_of_a_record_leads_to_interactions_and_not_to_its_doses(table: DrugTable) -> None:
    """Diclofenac gel is not a diclofenac tablet."""
    assert table.inn("diclofenac (topical)") == "diclofenac" and table.find("diclofenac (topical)") is None


def test_a_further_name_never_means_two_drugs(table: DrugTable) -> None:
    synonyms = table.drug_index.synonyms
    assert [form for form, inn in synonyms.items() if table.inn(form) != inn] == []
    assert set(synonyms.values()) <= {*table.names(), *table.drug_index.drugs}


def test_names_are_in_lower_case(table: DrugTable) -> None:
    """So that a hospital's record can take them over."""
    assert [name for name in table.drug_index.drugs if name != name.lower().strip() or not naming.key(name)] == []


def test_a_class_is_stated_once(table: DrugTable) -> None:
    names = [class_key(one.name) for one in table.drug_index.classes]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_class_has_its_source_and_its_drugs(table: DrugTable) -> None:
    recorded = {class_key(name) for name in (*table.names(), *table.drug_index.drugs)}
    assert [one.name for one in table.drug_index.classes if not one.source] == []
    assert [one.name for one in table.drug_index.classes if not one.drugs and class_key(one.name) not in recorded] == []


@pytest.mark.parametrize(
    ("a", "b", "severity", "mechanism"),
    [
        ("sildenafil", "isosorbide mononitrate", Severity.HIGH, "cyclic GMP"),
        ("phenelzine", "sertraline", Severity.HIGH, "serotonin"),
        ("phenelzine", "pethidine", Severity.HIGH, "serotonin"),
        ("varicella vaccine", "adalimumab", Severity.HIGH, "live virus"),
        ("fentanyl", "alprazolam", Severity.HIGH, "respiratory"),
        ("captopril", "amiloride", Severity.MODERATE, "potassium"),
        ("itraconazole", "tacrolimus", Severity.MODERATE, "inhibition"),
        ("carbidopa/levodopa", "haloperidol", Severity.MODERATE, "dopamine"),
        ("selegiline", "sertraline", Severity.MODERATE, "serotonergic"),
        ("benazepril/hydrochlorothiazide", "lithium", Severity.HIGH, "renal clearance"),
    ],
)
def test_drugs_without_a_record_are_checked_by_mechanism(table: DrugTable, a: str, b: str, severity: Severity, mechanism: str) -> None:
    worst = table.interactions(a, b)[0]
    assert worst.severity is severity and mechanism in worst.mechanism + worst.text


def test_silence_means_something_only_where_a_rule_reaches_the_drug(table: DrugTable) -> None:
    assert table.interactions_known("captopril") and table.interactions_known("apixaban")
    assert not table.interactions_known("metamizole") and not table.interactions_known("unobtainium")


def test_a_combination_is_known_only_if_all_of_it_is(table: DrugTable) -> None:
    assert table.ingredients("amlodipine/benazepril") == ("amlodipine", "benazepril")
    assert table.ingredients("amlodipine/unobtainium") == ()


def test_a_hospital_s_poor_record_loses_no_mechanism(table: DrugTable) -> None:
    poor = DrugTable([*table.records(), drug("captopril")], table.mechanisms, index=table.drug_index)
    assert poor.find("captopril") is not None
    assert poor.interactions("captopril", "amiloride") == table.interactions("captopril", "amiloride")


def test_the_digest_covers_the_index(table: DrugTable) -> None:
    assert DrugTable(table.records(), table.mechanisms).digest != table.digest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {name: one, source: s, drugs: [glow, glow]}", "stands twice"),
        ("- {name: one, source: s, drugs: [glow], synonyms: {glow: [beam]}}\n- {name: two, source: s, drugs: [beam]}", "in one and two"),
        ("- {name: one, drugs: [glow]}", "field source"),
        ("- {name: one, source: s, drugs: [glow], dose: 5}", "field dose"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(SourceInvalid, match=says):
        load_index(tmp_path)
