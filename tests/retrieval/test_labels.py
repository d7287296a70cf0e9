"""The labelled questions: all of them lead to passages, halves are fixed, and the goals hold on the half that nothing was tuned on."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.build import build
from retrieval.collection import Collection, load_fixtures, search_terms
from retrieval.embedding import packaged
from retrieval.errors import SourceInvalid
from retrieval.labels import Labelled, measure, read_labels
from retrieval.library import open_library
from retrieval.types import Hit
from tests.retrieval import cast

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def collection() -> Collection:
    return load_fixtures(FIXTURES)


@pytest.fixture(scope="module")
def questions(collection: Collection) -> list[Labelled]:
    return read_labels(FIXTURES / "relevance", collection.passages)


def test_there_are_enough_of_both_halves(questions: list[Labelled]) -> None:
    own = [one for one in questions if not one.over]
    assert len(own) >= 150 and len(questions) - len(own) >= 60
    assert {one.half for one in own} == {"build", "measured"} and all(one.decisive for one in questions)


def test_search_meets_its_goals_on_the_measured_half(collection: Collection, questions: list[Labelled], tmp_path: Path) -> None:
    build(collection.passages, packaged(), tmp_path, terms=search_terms(collection.formulary, collection.glossary))
    figures = measure([one for one in questions if one.half == "measured"], open_library(tmp_path, packaged()).search)
    assert float(str(figures["decisive_recall"])) >= 0.95
    assert float(str(figures["across_recall@10"])) >= 0.8


def test_what_is_found_is_counted() -> None:
    right, wrong = cast.passages()[:2]
    one = Labelled("q-00000001", "?", "", frozenset({right.id}), frozenset({right.id}))

    def search(query: str, limit: int = 12, language: str | None = None) -> list[Hit]:
        return [Hit(passage=passage, score=1.0) for passage in (right, wrong)]

    figures = measure([one], search)
    assert figures["relevant_share"] == 0.5 and figures["decisive_recall"] == 1.0 and one.half == "build"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param('af:\n- {ask: "Which?", decisive: [R99], relevant: []}\n', "R99 names no passage", id="no such passage"),
        pytest.param('af:\n- {ask: "Which?", decisive: [R1], relevant: []}\n- {ask: "Which?", decisive: [R1], relevant: []}\n', "twice", id="twice"),
    ],
)
def test_a_label_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "labels.yaml").write_text(text)
    with pytest.raises(SourceInvalid, match=says):
        read_labels(tmp_path, cast.passages())
