"""Vectors kept on disk: embedded once, never taken from another model."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.embedding import query_vector
from retrieval.vector_cache import CachedEmbedder
from tests.retrieval.cast import HashEmbedder


class Noting(HashEmbedder):
    """Notes what it is asked to embed."""

    def __init__(self, digest: str = "one") -> None:
        super().__init__(digest)
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return super().embed(texts)


def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    first, second = Noting(), Noting()
    made = CachedEmbedder(first, tmp_path / "new" / "vectors.sqlite3").embed(["a", "b", "a"])
    again = CachedEmbedder(second, tmp_path / "new" / "vectors.sqlite3").embed(["b", "c"])
    assert first.asked == ["a", "b"] and second.asked == ["c"]
    assert again[0] == pytest.approx(made[1]) and made[0] == made[2] == pytest.approx(HashEmbedder().embed(["a"])[0])


def test_another_model_does_not_answer(tmp_path: Path) -> None:
    CachedEmbedder(Noting(), tmp_path / "vectors.sqlite3").embed(["a"])
    other = Noting("other")
    CachedEmbedder(other, tmp_path / "vectors.sqlite3").embed(["a"])
    assert other.asked == ["a"]


class Asking(Noting):
    """Reads a question otherwise than a passage, as e5 does."""

    def embed_query(self, text: str) -> list[float]:
        return self.embed([f"query: {text}"])[0]


def test_a_question_is_no_passage(tmp_path: Path) -> None:
    inner = Asking()
    kept = CachedEmbedder(inner, tmp_path / "vectors.sqlite3")
    passage, question = kept.embed(["gout"])[0], query_vector(kept, "gout")
    assert question == pytest.approx(query_vector(HashEmbedder(), "query: gout")) and question != pytest.approx(passage)
    assert (query_vector(kept, "gout"), kept.embed(["gout"])[0]) == (question, passage) and inner.asked == ["gout", "query: gout"]


def test_an_embedder_without_questions_reads_them_as_passages(tmp_path: Path) -> None:
    inner = Noting()
    kept = CachedEmbedder(inner, tmp_path / "vectors.sqlite3")
    assert query_vector(kept, "gout") == kept.embed(["gout"])[0] and inner.asked == ["gout"]
