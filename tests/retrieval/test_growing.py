"""A new generation grows out of the published one where most is the same; it finds what one made from nothing finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval import generation, store, synthetic
from retrieval.build import build
from retrieval.types import Passage
from tests.retrieval import cast
from tests.retrieval.cast import HashEmbedder

MANY = list(synthetic.passages(60, cast.passages()))
MORE = list(synthetic.passages(5, cast.passages(), seed=2, name="more"))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many vectors each write from nothing wrote."""
    seen: list[int] = []
    real = store.write
    monkeypatch.setattr(store, "write", lambda folder, vectors: (seen.append(len(vectors)), real(folder, vectors)))
    yield seen


def _grown(root: Path) -> int:
    return generation.read_manifest(root / generation.current(root)).grown


def _ranking(root: Path, count: int) -> list[list[float]]:
    """Similarities of the nearest ten: the made passages tie, so their ids may differ."""
    opened = store.Store(root / generation.current(root), HashEmbedder(), count)
    try:
        return [[round(near, 5) for _, near in opened.nearest(vector, 10)] for vector in HashEmbedder().embed(["apixaban", "pneumonia", "Record 7"])]
    finally:
        opened.close()


def _passages() -> list[Passage]:
    return [*MANY[2:], *MORE]


def test_it_works(tmp_path: Path, written: list[int]) -> None:
    build(MANY, HashEmbedder(), tmp_path / "grown")
    build(_passages(), HashEmbedder(), tmp_path / "grown")
    assert written == [60] and _grown(tmp_path / "grown") == 7
    build(_passages(), HashEmbedder(), tmp_path / "anew")
    assert generation.current(tmp_path / "grown") == generation.current(tmp_path / "anew")
    assert _ranking(tmp_path / "grown", 63) == _ranking(tmp_path / "anew", 63)


def test_the_older_generation_is_left_as_it_was(tmp_path: Path) -> None:
    old = tmp_path / build(MANY, HashEmbedder(), tmp_path)
    before = {path: generation.file_hash(path) for path in old.rglob("*") if path.is_file()}
    build(_passages(), HashEmbedder(), tmp_path)
    assert {path: generation.file_hash(path) for path in old.rglob("*") if path.is_file()} == before


def test_growth_adds_up_until_it_is_written_from_nothing(tmp_path: Path, written: list[int]) -> None:
    build(MANY, HashEmbedder(), tmp_path)
    kept, grown = MANY, []
    for n in range(5):
        kept = [*kept[4:], MORE[n]]
        build(kept, HashEmbedder(), tmp_path)
        grown.append(_grown(tmp_path))
    assert grown == [5, 10, 0, 5, 10] and len(written) == 2


@pytest.mark.parametrize("embedder", [HashEmbedder("hash-2"), None], ids=["another embedder", "words only"])
def test_vectors_of_another_embedder_are_not_taken_over(tmp_path: Path, written: list[int], embedder: HashEmbedder | None) -> None:
    build(MANY, HashEmbedder(), tmp_path)
    build(_passages(), embedder, tmp_path)
    assert len(written) == (2 if embedder else 1) and _grown(tmp_path) == 0


def test_damaged_vectors_are_not_taken_over(tmp_path: Path, written: list[int]) -> None:
    old = tmp_path / build(MANY, HashEmbedder(), tmp_path)
    (old / store.FOLDER / "chroma.sqlite3").write_bytes(b"not a database")
    build(_passages(), HashEmbedder(), tmp_path)
    assert written == [60, 63] and len(_ranking(tmp_path, 63)) == 3


def test_a_collection_that_lacks_a_vector_is_written_from_nothing(tmp_path: Path, written: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    build(MANY, HashEmbedder(), tmp_path)
    monkeypatch.setattr(store, "_add", lambda collection, vectors: None)
    monkeypatch.setattr(store, "write", lambda folder, vectors: written.append(len(vectors)))
    build(_passages(), HashEmbedder(), tmp_path)
    assert written == [60, 63]


