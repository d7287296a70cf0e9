"""Interactions by mechanism: groups in groups, both orders, one digest, and a file whose every name is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.drug_classes import class_key
from retrieval.drug_index import load_index
from retrieval.errors import SourceInvalid
from retrieval.formulary import DrugTable, load_formulary
from retrieval.mechanisms import Mechanisms, load_mechanisms
from retrieval.types import Severity
from tests.reasoning.builders import drug

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILE = FIXTURES / "interactions" / "mechanisms.yaml"


@pytest.fixture(scope="module")
def table() -> DrugTable:
    return load_formulary(FIXTURES / "drugs", load_mechanisms(FILE), index=load_index(FIXTURES / "drug_index"))


def test_it_works(table: DrugTable) -> None:
    worst = table.interactions("clarithromycin", "amlodipine")[0]
    assert worst.severity is Severity.MODERATE and "CYP3A4" in worst.mechanism


def test_a_rule_reads_the_same_from_either_drug(table: DrugTable) -> None:
    names = [*table.names(), *table.drug_index.drugs]
    for a, b in zip(names, reversed(names), strict=True):
        assert table.interactions(a, b) == table.interactions(b, a)
        assert table.interactions(a, a) == []


def test_every_name_in_the_file_is_known(table: DrugTable) -> None:
    drugs = (*table.names(), *table.drug_index.drugs)
    known = {class_key(group.name) for group in table.mechanisms.groups}.union(*(table.groups(name) for name in drugs))
    assert [name for name in table.mechanisms.named() if class_key(name) not in known] == []


def test_every_group_and_rule_has_its_source(table: DrugTable) -> None:
    assert all(one.source for one in (*table.mechanisms.groups, *table.mechanisms.rules))


def test_every_group_stands_in_a_rule(table: DrugTable) -> None:
    used = {class_key(name) for name in table.mechanisms.named()}
    assert [group.name for group in table.mechanisms.groups if class_key(group.name) not in used] == []


HIGH = [
    ("parenteral anticoagulant", "parenteral anticoagulant"),
    ("opioid", "benzodiazepine"),
    ("monoamine oxidase inhibitor", "drug that must not meet a monoamine oxidase inhibitor"),
    ("monoamine oxidase inhibitor", "monoamine oxidase inhibitor"),
    ("monoamine oxidase B inhibitor", "drug that a type B inhibitor must not meet"),
    ("phosphodiesterase-5 inhibitor", "nitrate"),
    ("phosphodiesterase-5 inhibitor", "soluble guanylate cyclase stimulator"),
    ("soluble guanylate cyclase stimulator", "nitrate"),
    ("ergot derivative", "triptan"),
    ("drug contraindicated with strong CYP3A4 inhibitors", "strong CYP3A4 inhibitor"),
    ("dofetilide", "drug that dofetilide must not meet"),
    ("naltrexone", "opioid"),
    ("live vaccine", "immunosuppressant"),
    ("live vaccine", "cytotoxic drug"),
    ("febuxostat", "thiopurine"),
]
"""Rules that interrupt: the labels forbid the pair, harm comes soon, and watching does not make it safe."""


def test_only_listed_rules_interrupt(table: DrugTable) -> None:
    """High is for what must interrupt; another such rule is a decision, not an accident."""
    assert [rule.between for rule in table.mechanisms.rules if rule.severity is Severity.HIGH] == HIGH


def test_what_rules_interrupt_among_the_records_was_read_by_a_person(table: DrugTable) -> None:
    names = table.names()
    found = {
        f"{a} {b}"
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if any(one.severity is Severity.HIGH and one.source for one in table.interactions(a, b))
    }
    heparins = {"dalteparin enoxaparin", "dalteparin fondaparinux", "dalteparin heparin", "enoxaparin fondaparinux", "enoxaparin heparin"}
    opioids = {f"{a} {b}" for a in ("diazepam", "lorazepam", "midazolam") for b in ("morphine", "tramadol")}
    levels = {f"clarithromycin {b}" for b in ("eplerenone", "finerenone", "ivabradine", "simvastatin")}
    assert found == heparins | {"fondaparinux heparin"} | opioids | levels


def test_a_new_drug_is_covered_by_naming_its_group() -> None:
    rule = {"between": ["glow", "glow"], "severity": "moderate", "mechanism": "glows", "text": "Twice as bright.", "source": "test"}
    mechanisms = Mechanisms.model_validate({"groups": [{"name": "glow", "members": ["lantern"], "source": "test"}], "rules": [rule]})
    table = DrugTable([drug("one", "lantern"), drug("two", classes=("glow",)), drug("three")], mechanisms)
    assert [found.mechanism for found in table.interactions("one", "two")] == ["glows"]
    assert table.interactions("one", "three") == []


def test_the_digest_covers_the_mechanisms(table: DrugTable) -> None:
    assert DrugTable(table.records()).digest != table.digest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules: [{between: [a], severity: low, mechanism: m, text: t, source: s}]", "rules.0.between"),
        ("rules: [{between: [a, b], severity: grave, mechanism: m, text: t, source: s}]", "rules.0.severity"),
        ("groups: [{name: a, members: [b], source: s}, {name: A, members: [c], source: s}]", "twice"),
    ],
)
def test_a_wrong_file_is_refused_with_its_field(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(SourceInvalid, match=says):
        load_mechanisms(path)
