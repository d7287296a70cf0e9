"""Drops what was found but is not relevant, rather than padding a list: a model given off-topic evidence gets worse.

Measured with all-MiniLM-L6-v2 on the demonstration disagreements: recommendations an expert would cite have a similarity of 0.55 or more
and at least 0.78 of the best one's; questions about what the library does not hold reach 0.41.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import fmean
from typing import NamedTuple

LEAST_SIMILARITY = 0.43
LEAST_SHARE_OF_BEST = 0.75
"""A passage close in meaning: cosine similarity, and its share of the best one's."""

LEAST_LEXICAL_SHARE = 0.5
"""A passage close in words: share of the best lexical score ..."""

LEAST_COVERAGE = 0.15
"""... and of the query's tokens, rare ones counting more, where the meaning of the best passages is close too,"""

LEAST_COVERAGE_ALONE = 0.65
"""or where it is not: the query then names the thing itself, such as a drug the embedder has never read,"""

LEAST_COVERAGE_WORDS = 0.3
LEAST_MASS_WORDS = 2.5
"""or where there is no dense side at all and the best passage holds so much of a short query, or so many rare words of a long one."""

LEAST_SHARE_OF_SCORE = 0.7
LEAST_MEAN_SHARE = 0.64
"""Of what is close, a passage stays if it is not far behind: its share of the best fused score, and the mean of its shares of the best
similarity and of the best lexical score. Chosen on the `build` half of the labelled questions, at the point from where a stricter cut
loses decisive recommendations. Not for queries in Korean or Chinese: of these the dense side reads only the terms it knows."""


class Held(NamedTuple):
    """How much of a query's tokens a passage holds."""

    share: float
    """Of the whole, rare tokens counting more."""
    mass: float
    """In units of one token that no passage holds."""


class Relevance:
    """Decides for the hits of one query."""

    def __init__(
        self, dense: Mapping[str, float], lexical: Mapping[str, float], held: Callable[[str], Held], blind: frozenset[str]
    ) -> None:
        self._dense, self._lexical, self._held, self._blind = dense, lexical, held, blind
        self._best_similarity = max(dense.values(), default=0.0)
        self._least_similarity = min(dense.values(), default=0.0)
        """At most this similar is a passage below the depth of the dense ranking."""
        self._best_lexical = max(lexical.values(), default=0.0)
        self._least_coverage = self._needed()

    def keeps(self, passage_id: str) -> bool:
        """Whether the passage is close enough in meaning or in words."""
        return self._close_in_meaning(passage_id) or self._close_in_words(passage_id)

    def near(self, passage_id: str, share_of_score: float) -> bool:
        """Whether a passage that is kept is also near the best; `share_of_score`: of the best fused score."""
        in_words = self._lexical.get(passage_id, 0.0) / self._best_lexical if self._best_lexical else 0.0
        if not self._dense or passage_id in self._blind:
            return share_of_score >= LEAST_SHARE_OF_SCORE and in_words >= LEAST_LEXICAL_SHARE
        in_meaning = self._dense.get(passage_id, self._least_similarity) / self._best_similarity
        return share_of_score >= LEAST_SHARE_OF_SCORE and (fmean((in_words, in_meaning)) >= LEAST_MEAN_SHARE or in_meaning == 1.0)

    def _close_in_meaning(self, passage_id: str) -> bool:
        similarity = self._dense.get(passage_id, 0.0) if passage_id not in self._blind else 0.0
        return similarity >= max(LEAST_SIMILARITY, LEAST_SHARE_OF_BEST * self._best_similarity)

    def _close_in_words(self, passage_id: str) -> bool:
        score = self._lexical.get(passage_id, 0.0)
        if score <= 0 or score < LEAST_LEXICAL_SHARE * self._best_lexical:
            return False
        held = self._held(passage_id)
        return held.share >= self._least_coverage or (not self._dense and self._least_coverage < 1 and held.mass >= LEAST_MASS_WORDS / 2)

    def _needed(self) -> float:
        if self._dense:
            return LEAST_COVERAGE if self._best_similarity >= LEAST_SIMILARITY else LEAST_COVERAGE_ALONE
        best = [self._held(one) for one in list(self._lexical)[:5]]
        enough = any(held.share >= LEAST_COVERAGE_WORDS or held.mass >= LEAST_MASS_WORDS for held in best)
        return LEAST_COVERAGE if enough else 1.01
