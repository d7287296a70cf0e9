"""Reciprocal-rank fusion: joins rankings by place, never by score, so that searchers need no common scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

K = 30
"""Dampens the lead of first places; with rankings of some dozens a smaller constant than the usual 60 tells them apart."""


def fuse(rankings: Mapping[str, Sequence[str]], weights: Mapping[str, float] | None = None, k: int = K) -> list[tuple[str, float]]:
    """(id, score) best first. `rankings` maps a searcher's name to its ids, best first; neither its order nor theirs of
    equal score matters: ties are broken by id. The best possible score is 1."""
    given = weights or {}
    share = {name: given.get(name, 1.0) for name in rankings}
    whole = sum(share.values()) / (k + 1)
    scores: dict[str, float] = {}
    for name in sorted(rankings):
        for place, found in enumerate(dict.fromkeys(rankings[name]), start=1):
            scores[found] = scores.get(found, 0.0) + share[name] / (k + place)
    return sorted(((found, score / whole) for found, score in scores.items()), key=lambda pair: (-pair[1], pair[0]))
