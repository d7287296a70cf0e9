"""Search whose best hits are read once more, each together with the question, and put into the reranker's order."""

from __future__ import annotations

import logging
from collections.abc import Callable

from retrieval.types import Hit, Reranker

log = logging.getLogger(__name__)

READ = 24
"""Hits that are read again at most: each costs as much as an embedding."""

Search = Callable[[str, int], list[Hit]]
"""(query, limit) -> hits, best first."""


def reranked(search: Search, reranker: Reranker) -> Search:
    """The same search in the reranker's order; the hits' scores are then the reranker's. What it cannot score stays as it was found."""

    def again(query: str, limit: int) -> list[Hit]:
        hits = search(query, max(limit, READ))
        read, rest = hits[:READ], hits[READ:]
        try:
            scores = reranker.score(query, [hit.passage.text for hit in read])
        except Exception:
            log.exception("the reranker failed; hits stay in the order in which they were found")
            return hits[:limit]
        scored = [hit.model_copy(update={"score": score}) for hit, score in zip(read, scores, strict=True)]
        return [*sorted(scored, key=lambda hit: -hit.score), *rest][:limit]

    return again
