"""Score fusion: joins searchers by how near each finds a passage to its own best and to its last, so that they need no common scale.

It keeps what a ranking forgets: whether the second is close behind the first or far off. Measured beside reciprocal-rank fusion in README.md.
"""

from __future__ import annotations

from collections.abc import Mapping

Scores = Mapping[str, float]
"""A searcher's score by id."""


def blend(searchers: Mapping[str, Scores], weights: Mapping[str, float], floors: Mapping[str, float]) -> list[tuple[str, float]]:
    """(id, score) best first. A searcher's best counts 1; its floor, and what it did not find, counts 0. The best possible score is 1.

    `floors`: the score that counts nothing, by searcher; where none is given, that of its last. Neither the order of the searchers nor
    that of their scores matters: ties are broken by id.
    """
    shares = {name: _shares(scores, floors.get(name)) for name, scores in searchers.items()}
    whole = sum(weights.get(name, 1.0) for name in shares)
    scored: dict[str, float] = {}
    for name in sorted(shares):
        for found, share in shares[name].items():
            scored[found] = scored.get(found, 0.0) + weights.get(name, 1.0) * share / whole
    return sorted(scored.items(), key=lambda pair: (-pair[1], pair[0]))


def _shares(scores: Scores, floor: float | None) -> dict[str, float]:
    best = max(scores.values(), default=0.0)
    least = min(scores.values(), default=0.0) if floor is None else floor
    return {found: (score - least) / (best - least) if best > least else 1.0 for found, score in scores.items()}
