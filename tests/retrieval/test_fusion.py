"""Reciprocal-rank fusion: its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import fuse

_RANKING = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)
_RANKINGS = st.dictionaries(st.sampled_from(("dense", "lexical", "third")), _RANKING, max_size=3)


def test_it_works() -> None:
    fused = fuse({"dense": ["a", "b"], "lexical": ["b", "c"]})
    assert [found for found, _ in fused] == ["b", "a", "c"]


def test_first_everywhere_scores_one() -> None:
    assert fuse({"dense": ["a"], "lexical": ["a"]}, {"dense": 2.0})[0][1] == pytest.approx(1.0)


def test_weights_decide_between_rankings() -> None:
    assert fuse({"dense": ["a"], "lexical": ["b"]}, {"lexical": 2.0})[0][0] == "b"


@given(_RANKINGS, st.randoms())
def test_fusion_is_order_free(rankings: dict[str, list[str]], random: object) -> None:
    shuffled = list(rankings.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fuse(dict(shuffled)) == fuse(rankings)


@given(_RANKINGS)
def test_fusion_adds_and_loses_nothing(rankings: dict[str, list[str]]) -> None:
    fused = fuse(rankings)
    assert {found for found, _ in fused} == {found for ranking in rankings.values() for found in ranking}
    assert all(0 < score <= 1 + 1e-9 for _, score in fused)
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


@given(_RANKING, _RANKING)
def test_better_in_both_is_better_in_the_end(one: list[str], other: list[str]) -> None:
    place = {found: n for n, (found, _) in enumerate(fuse({"dense": one, "lexical": other}))}
    for a in one:
        for b in one:
            if one.index(a) < one.index(b) and a in other and b in other and other.index(a) < other.index(b):
                assert place[a] < place[b]
