"""BM25 over flat arrays: built once, memory-mapped by every reader, so processes share one copy.

Own code because a query term carries a weight of its own here (a synonym counts less than the word that was typed).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

K1, B = 0.9, 0.4
FILES = ("lexical.vocabulary.json", "lexical.starts.npy", "lexical.documents.npy", "lexical.weights.npy")


class Bm25:
    """Scores documents 0..n-1. Row `t` of the postings is documents[starts[t]:starts[t+1]] with their weights."""

    def __init__(
        self, count: int, vocabulary: Mapping[str, int], starts: NDArray[Any], documents: NDArray[Any], weights: NDArray[Any]
    ) -> None:
        self.count = count
        self._vocabulary = vocabulary
        self._starts, self._documents, self._weights = starts, documents, weights

    def scores(self, query: Mapping[str, float]) -> NDArray[np.float32]:
        """One score for each document, from tokens with their weights."""
        total = np.zeros(self.count, dtype=np.float32)
        for token, weight in query.items():
            term = self._vocabulary.get(token)
            if term is not None:
                row = slice(int(self._starts[term]), int(self._starts[term + 1]))
                total[self._documents[row]] += weight * self._weights[row]
        return total

    def rarity(self, token: str) -> float:
        """Inverse document frequency of a token; that of an unseen token is the highest."""
        term = self._vocabulary.get(token)
        return _idf(self.count, int(self._starts[term + 1] - self._starts[term]) if term is not None else 0)

    def holds(self, document: int, token: str) -> bool:
        """Whether this document holds the token."""
        term = self._vocabulary.get(token)
        if term is None:
            return False
        row = self._documents[int(self._starts[term]) : int(self._starts[term + 1])]
        place = int(np.searchsorted(row, document))
        return place < len(row) and int(row[place]) == document

    def top(self, query: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """(document, score) of the best documents with a score above 0, ties in document order."""
        scores = self.scores(query)
        if limit < self.count:
            candidates = np.argpartition(-scores, limit - 1)[:limit]
            candidates = np.flatnonzero(scores >= scores[candidates].min())
        else:
            candidates = np.arange(self.count)
        order = candidates[np.argsort(-scores[candidates], kind="stable")][:limit]
        return [(int(n), float(scores[n])) for n in order if scores[n] > 0]

    def save(self, folder: Path) -> None:
        """Writes FILES into the folder."""
        (folder / FILES[0]).write_text(
            json.dumps({"count": self.count, "terms": dict(self._vocabulary)}, ensure_ascii=False), encoding="utf-8"
        )
        for name, array in zip(FILES[1:], (self._starts, self._documents, self._weights), strict=True):
            np.save(folder / name, array)

    @classmethod
    def load(cls, folder: Path) -> Bm25:
        """Opens what `save` wrote; the arrays stay on disk until touched."""
        head = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
        starts, documents, weights = (np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in FILES[1:])
        if len(starts) != len(head["terms"]) + 1 or len(documents) != int(starts[-1]) or len(weights) != len(documents):
            raise ValueError("lexical arrays do not fit together")
        return cls(int(head["count"]), head["terms"], starts, documents, weights)


def index(documents: Sequence[Sequence[str]]) -> Bm25:
    """A BM25 index of tokenised documents."""
    lengths = np.array([len(document) for document in documents], dtype=np.float64)
    mean = float(lengths.mean()) or 1.0
    postings: dict[str, list[tuple[int, int]]] = {}
    for n, document in enumerate(documents):
        for token, held in Counter(document).items():
            postings.setdefault(token, []).append((n, held))
    vocabulary = {token: term for term, token in enumerate(sorted(postings))}
    starts = np.zeros(len(vocabulary) + 1, dtype=np.int64)
    rows, weights = [], []
    for token, term in vocabulary.items():
        pairs = np.array(postings[token], dtype=np.int64).reshape(-1, 2)
        times = pairs[:, 1].astype(np.float64)
        norm = K1 * (1 - B + B * lengths[pairs[:, 0]] / mean)
        rows.append(pairs[:, 0])
        weights.append(_idf(len(documents), len(pairs)) * times * (K1 + 1) / (times + norm))
        starts[term + 1] = starts[term] + len(pairs)
    joined = np.concatenate(rows) if rows else np.zeros(0)
    return Bm25(
        len(documents), vocabulary, starts, joined.astype(np.int32), (np.concatenate(weights) if weights else joined).astype(np.float32)
    )


def _idf(count: int, holding: int) -> float:
    return float(np.log1p((count - holding + 0.5) / (holding + 0.5)))
