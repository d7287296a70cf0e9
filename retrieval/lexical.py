"""BM25 over flat arrays: built once, memory-mapped by every reader, so processes share one copy.

Own code because a query term carries a weight of its own here (a synonym counts less than the word that was typed).
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
        return float(_idf(self.count, int(self._starts[term + 1] - self._starts[term]) if term is not None else 0))

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
        for name, numbers in zip(FILES[1:], (self._starts, self._documents, self._weights), strict=True):
            np.save(folder / name, numbers)

    @classmethod
    def load(cls, folder: Path) -> Bm25:
        """Opens what `save` wrote; the arrays stay on disk until touched."""
        head = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
        starts, documents, weights = (np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in FILES[1:])
        if len(starts) != len(head["terms"]) + 1 or len(documents) != int(starts[-1]) or len(weights) != len(documents):
            raise ValueError("lexical arrays do not fit together")
        return cls(int(head["count"]), head["terms"], starts, documents, weights)


def index(documents: Iterable[Sequence[str]]) -> Bm25:
    """A BM25 index of tokenised documents, which are taken one by one and kept as numbers: eight bytes a word of each."""
    numbered: dict[str, int] = {}
    words, times, sizes, lengths = array("i"), array("i"), array("i"), array("i")
    for document in documents:
        counted = Counter(document)
        words.extend([numbered.setdefault(token, len(numbered)) for token in counted])
        times.extend(counted.values())
        sizes.append(len(counted))
        lengths.append(len(document))
    vocabulary = {token: term for term, token in enumerate(sorted(numbered))}
    place = np.zeros(len(vocabulary), dtype=np.int32)
    for token, term in vocabulary.items():
        place[numbered[token]] = term
    terms = place[np.asarray(words)]
    order = np.argsort(terms, kind="stable")
    held = np.repeat(np.arange(len(sizes), dtype=np.int32), np.asarray(sizes))[order]
    holding = np.bincount(terms, minlength=len(vocabulary))
    weights = np.repeat(_idf(len(sizes), holding), holding) * np.asarray(times)[order] * (K1 + 1)
    length = np.asarray(lengths, dtype=np.float64)
    norm = K1 * (1 - B + B * length / (length.mean() if length.any() else 1.0))
    weights /= np.asarray(times)[order] + norm[held]
    return Bm25(len(sizes), vocabulary, np.concatenate(([0], np.cumsum(holding))), held, weights.astype(np.float32))


def _idf(count: int, holding: Any) -> Any:
    """Of one token, or of many at once."""
    return np.log1p((count - holding + 0.5) / (holding + 0.5))
