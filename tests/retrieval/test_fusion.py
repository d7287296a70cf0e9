"""Score fusion: its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import blend

EVEN = {"dense": 1.0, "lexical": 1.0}
_SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 1000).map(float), max_size=8)
_SEARCHERS = st.dictionaries(st.sampled_from(("dense", "lexical", "third")), _SCORES, max_size=3)


def test_it_works() -> None:
    fused = blend({"dense": {"a": 0.9, "b": 0.8, "d": 0.1}, "lexical": {"b": 7.0, "c": 2.0}}, EVEN, {"lexical": 0.0})
    assert [found for found, _ in fused] == ["b", "a", "c", "d"]


def test_first_everywhere_scores_one() -> None:
    assert blend({"dense": {"a": 0.5, "b": 0.1}, "lexical": {"a": 3.0}}, EVEN, {})[0] == ("a", pytest.approx(1.0))


def test_how_far_behind_the_second_is_matters() -> None:
    def score(second: float) -> float:
        return dict(blend({"dense": {"a": 1.0, "b": second, "c": 0.0}}, EVEN, {}))["b"]

    assert score(0.9) > score(0.2)


def test_weights_decide_between_searchers() -> None:
    assert blend({"dense": {"a": 1.0}, "lexical": {"b": 9.0}}, {"dense": 1.0, "lexical": 2.0}, {})[0][0] == "b"


def test_no_scale_is_needed() -> None:
    one = {"a": 1.0, "b": 0.5, "c": 0.2}
    assert [f for f, _ in blend({"dense": one}, EVEN, {})] == [f for f, _ in blend({"dense": {k: 99 * v for k, v in one.items()}}, EVEN, {})]


@given(_SEARCHERS, st.randoms())
def test_fusion_is_order_free(searchers: dict[str, dict[str, float]], random: object) -> None:
    shuffled = list(searchers.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert blend(dict(shuffled), EVEN, {}) == blend(searchers, EVEN, {})


@given(_SEARCHERS)
def test_fusion_adds_and_loses_nothing(searchers: dict[str, dict[str, float]]) -> None:
    fused = blend(searchers, EVEN, {"lexical": 0.0})
    assert {found for found, _ in fused} == {found for scores in searchers.values() for found in scores}
    assert all(0 <= score <= 1 + 1e-9 for _, score in fused)
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


@given(_SCORES, _SCORES)
def test_better_in_both_is_never_worse_in_the_end(one: dict[str, float], other: dict[str, float]) -> None:
    score = dict(blend({"dense": one, "lexical": other}, EVEN, {}))
    for a in one.keys() & other.keys():
        for b in one.keys() & other.keys():
            if one[a] > one[b] and other[a] > other[b]:
                assert score[a] >= score[b]
