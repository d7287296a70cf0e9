"""The demonstration content keeps its formats, names only what exists, and is as rich as promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retrieval import plain_yaml
from retrieval.collection import efficacy_documents, load_documents
from retrieval.document import Document
from retrieval.drug_classes import class_key
from retrieval.formulary import DrugTable, load_formulary
from retrieval.glossary import TermTable, load_glossary
from retrieval.types import UnitKind
from retrieval.versions import in_force

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return load_documents(FIXTURES / "guidelines")


@pytest.fixture(scope="module")
def formulary() -> DrugTable:
    return load_formulary(FIXTURES / "drugs")


@pytest.fixture(scope="module")
def glossary() -> TermTable:
    return load_glossary(FIXTURES / "glossary")


def _disagreements() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((FIXTURES / "disagreements").glob("*.yaml")):
        yield path.stem, plain_yaml.load(path.read_text(encoding="utf-8"), path.name)


def _unknown_drugs() -> set[str]:
    path = FIXTURES / "unknown_drugs.yaml"
    listed = plain_yaml.load(path.read_text(encoding="utf-8"), path.name) if path.exists() else []
    return {str(one if isinstance(one, str) else one.get("name")) for one in listed or []}


def test_it_is_as_rich_as_promised(documents: list[Document], formulary: DrugTable) -> None:
    recommendations = [one for document in in_force(documents) for one in document.passages if one.kind is UnitKind.RECOMMENDATION]
    languages = Counter(document.meta.language for document in documents)
    assert len(in_force(documents)) >= 30
    assert len(recommendations) >= 350
    assert len(formulary) >= 150
    assert len(documents) - len(in_force(documents)) >= 3
    assert languages["ko"] >= 3 and languages["zh"] >= 3


def test_every_recommendation_and_table_has_a_reference(documents: list[Document]) -> None:
    bare = [
        f"{document.meta.id}@{document.meta.version} {passage.label or passage.kind}: {passage.text[:60]}"
        for document in documents
        for passage in document.passages
        if not passage.reference and passage.kind is not UnitKind.NARRATIVE
    ]
    assert bare == []


def test_every_guideline_has_a_table_and_a_definition(documents: list[Document]) -> None:
    wanted = {UnitKind.RECOMMENDATION, UnitKind.TABLE, UnitKind.DEFINITION, UnitKind.NARRATIVE}
    poor = {document.meta.id: wanted - {one.kind for one in document.passages} for document in in_force(documents)}
    assert {source: kinds for source, kinds in poor.items() if kinds} == {}


def test_every_unused_reference_is_named(documents: list[Document]) -> None:
    unused = {
        f"{document.meta.id}@{document.meta.version}": gone
        for document in documents
        if (gone := [key for key in document.meta.references if f"[{key}]" not in document.text[document.body_start :]])
    }
    assert unused == {}


def test_a_file_is_called_after_its_source_and_version() -> None:
    for path in (FIXTURES / "guidelines").glob("*.md"):
        (document,) = [one for one in load_documents(path.parent) if one.meta.id == path.stem.split("@")[0]][:1]
        assert document.meta.id == path.stem.split("@")[0]


def test_superseded_versions_name_their_successor(documents: list[Document]) -> None:
    versions = {(document.meta.id, document.meta.version) for document in documents}
    for document in documents:
        meta = document.meta
        assert not meta.superseded_by or (meta.id, meta.superseded_by) in versions
        assert not meta.supersedes or (meta.id, meta.supersedes) in versions


def test_interactions_name_drugs_or_classes_that_exist(formulary: DrugTable) -> None:
    classes = {key for record in formulary.records() for key in formulary.classes(record.name)}
    dangling = [
        f"{record.name}: {one.other}"
        for record in formulary.records()
        for one in record.interactions
        if formulary.find(one.other) is None and class_key(one.other) not in classes
    ]
    assert dangling == []


def test_two_drugs_never_share_a_name(formulary: DrugTable) -> None:
    owners: dict[str, set[str]] = {}
    for record in formulary.records():
        for name in (record.name, *record.brands, *record.names.values()):
            owners.setdefault(name.casefold(), set()).add(record.name)
    assert {name: drugs for name, drugs in owners.items() if len(drugs) > 1} == {}


def test_every_drug_has_korean_and_chinese_names(formulary: DrugTable) -> None:
    assert [record.name for record in formulary.records() if not {"ko", "zh"} <= set(record.names)] == []


def test_efficacy_records_read_as_sentences(formulary: DrugTable) -> None:
    sources = efficacy_documents(formulary.records())
    assert len(sources) >= 60
    assert all(passage.text.endswith(".") and passage.reference for document in sources for passage in document.passages)


def test_every_drug_of_a_disagreement_exists(formulary: DrugTable) -> None:
    named = {
        (slug, item["drug"])
        for slug, one in _disagreements()
        for items in (one["plan_x"]["items"], one["plan_y"]["items"], one["case"].get("medications", []))
        for item in items
        if item.get("drug")
    }
    unknown = _unknown_drugs()
    assert sorted((slug, drug) for slug, drug in named if formulary.find(drug) is None and drug not in unknown) == []


def test_every_citation_of_a_disagreement_exists_and_is_in_force(documents: list[Document]) -> None:
    labels = {f"{one.source}#{one.label}" for document in in_force(documents) for one in document.passages if one.label}
    cited = {(slug, cite) for slug, one in _disagreements() for cite in one["expected"].get("cites") or []}
    assert sorted(pair for pair in cited if pair[1] not in labels) == []


def test_conditions_are_known_to_the_glossary(documents: list[Document], glossary: TermTable) -> None:
    named = {(document.meta.id, one) for document in in_force(documents) for one in document.meta.conditions}
    assert sorted(pair for pair in named if not (glossary.known(pair[1]) or glossary.mentioned(pair[1]))) == []
