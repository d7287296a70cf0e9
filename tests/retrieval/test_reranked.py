"""Hits in a reranker's order: all are kept, the limit holds, a failure changes nothing."""

from __future__ import annotations

import pytest

from retrieval.reranked import READ, Search, reranked
from retrieval.types import Hit
from tests.retrieval import cast

PASSAGES = sorted(cast.passages(), key=lambda one: one.id)


def search(query: str, limit: int) -> list[Hit]:
    return [Hit(passage=one, score=1 / n) for n, one in enumerate(PASSAGES, start=1)][:limit]


class ByLength:
    """Prefers short texts."""

    digest = "length"

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, query: str, texts: list[str]) -> list[float]:
        self.read += texts
        return [1 / (1 + len(text)) for text in texts]


def _texts(found: Search, limit: int) -> list[str]:
    return [hit.passage.text for hit in found("apixaban", limit)]


def test_it_works() -> None:
    found = _texts(reranked(search, ByLength()), len(PASSAGES))
    assert sorted(found) == sorted(one.text for one in PASSAGES)
    assert [len(text) for text in found] == sorted(len(one.text) for one in PASSAGES) and len(PASSAGES) <= READ


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_the_best_of_all_that_were_read_are_given(limit: int) -> None:
    reader = ByLength()
    assert _texts(reranked(search, reader), limit) == sorted((one.text for one in PASSAGES), key=len)[:limit]
    assert len(reader.read) == len(PASSAGES), "a passage further down may be the best"


def test_equal_scores_keep_the_order_in_which_they_were_found() -> None:
    class Equal(ByLength):
        def score(self, query: str, texts: list[str]) -> list[float]:
            return [0.5] * len(texts)

    assert _texts(reranked(search, Equal()), 5) == [one.text for one in PASSAGES[:5]]


def test_a_reranker_that_fails_changes_nothing() -> None:
    class Broken(ByLength):
        def score(self, query: str, texts: list[str]) -> list[float]:
            raise RuntimeError("out of memory")

    assert _texts(reranked(search, Broken()), 4) == [one.text for one in PASSAGES[:4]]


def test_nothing_found_is_nothing_read() -> None:
    assert reranked(lambda query, limit: [], ByLength())("x", 5) == []
