"""An embedder that remembers on disk what it has embedded: the same text is never embedded twice, however often a figure is measured."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np

from retrieval.types import Embedder, QueryEmbedder

_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"


class CachedEmbedder:
    """Wraps an embedder. Vectors are keyed by its digest and the text, so that another model never answers for this one.

    A question has a key of its own where the embedder reads questions otherwise than passages.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        """`path`: an SQLite file, made with its folder if absent; several processes may share it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._file = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute(_TABLE)

    @property
    def digest(self) -> str:
        """That of the embedder within: the vectors are the same."""
        return self._embedder.digest

    def count(self) -> int:
        """Vectors on disk, of any embedder."""
        return int(self._file.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One unit vector for each text, from disk where it is known."""
        return self._kept(texts, "\0", self._embedder.embed)

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        inner = self._embedder
        if not isinstance(inner, QueryEmbedder):
            return self.embed([text])[0]
        return self._kept([text], "\1", lambda questions: [inner.embed_query(one) for one in questions])[0]

    def _kept(self, texts: list[str], mark: str, make: Callable[[list[str]], list[list[float]]]) -> list[list[float]]:
        """`mark` keeps the keys of questions and passages apart."""
        keys = [hashlib.sha256(f"{self.digest}{mark}{text}".encode()).digest() for text in texts]
        known = {key: self._stored(key) for key in dict.fromkeys(keys)}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if known[key] is None}
        if missing:
            made = np.asarray(make(list(missing.values())), dtype=np.float32)
            rows = [(key, vector.tobytes()) for key, vector in zip(missing, made, strict=True)]
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            self._file.execute("COMMIT")
            known |= dict(rows)
        return [np.frombuffer(known[key] or b"", dtype=np.float32).tolist() for key in keys]

    def _stored(self, key: bytes) -> bytes | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None
