"""Generations: immutable, named by content, published whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retrieval import generation
from retrieval.build import build, embed_passages, prune
from retrieval.errors import BuildBusy, GenerationDamaged, GenerationMissing, IndexEmpty, VersionsConflict
from retrieval.glossary import Term
from retrieval.library import open_library
from retrieval.types import Passage
from retrieval.versions import in_force
from tests.retrieval import cast
from tests.retrieval.cast import HashEmbedder


def _files(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): generation.file_hash(path) for path in sorted(root.rglob("*")) if path.is_file()}


def test_it_works(tmp_path: Path) -> None:
    digest = build(cast.passages(), HashEmbedder(), tmp_path, terms=cast.TERMS)
    assert generation.current(tmp_path) == digest
    library = open_library(tmp_path, HashEmbedder())
    assert (library.digest, len(library), library.degraded) == (digest, len(cast.passages()), False)
    assert library.passage(cast.passages()[0].id) == cast.passages()[0]
    assert library.passage("0" * 16) is None


def test_nothing_to_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexEmpty, match="Approve at least one source"):
        build([], HashEmbedder(), tmp_path)
    with pytest.raises(GenerationMissing, match="Build the index"):
        open_library(tmp_path, HashEmbedder())


def test_the_same_input_is_not_built_twice(tmp_path: Path) -> None:
    first = HashEmbedder()
    digest = build(cast.passages(), first, tmp_path)
    before = _files(tmp_path)
    second = HashEmbedder()
    assert build(list(reversed(cast.passages())), second, tmp_path) == digest
    assert (first.embedded, second.embedded) == (len(cast.passages()), 0)
    assert _files(tmp_path) == before


def test_another_embedder_or_text_or_term_is_another_generation(tmp_path: Path) -> None:
    passages = cast.passages()
    digests = {
        build(passages, HashEmbedder(), tmp_path),
        build(passages, HashEmbedder("hash-2"), tmp_path),
        build(passages[1:], HashEmbedder(), tmp_path),
        build(passages, HashEmbedder(), tmp_path, terms=cast.TERMS),
        build(passages, None, tmp_path),
    }
    assert len(digests) == 5


def test_stored_vectors_are_used_again(tmp_path: Path) -> None:
    passages = cast.passages()
    vectors = embed_passages(passages[:-1], HashEmbedder())
    embedder = HashEmbedder()
    build(passages, embedder, tmp_path, reuse=vectors)
    assert embedder.embedded == 1


def test_passages_that_read_alike_are_embedded_once() -> None:
    first, *rest = cast.passages()
    twin = first.model_copy(update={"id": "f" * 16, "version": "2"})
    embedder = HashEmbedder()
    vectors = embed_passages([first, twin, *rest], embedder)
    assert embedder.embedded == len(rest) + 1 and (vectors[twin.id] == vectors[first.id]).all()


def test_progress_is_reported(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    build(cast.passages(), HashEmbedder(), tmp_path, progress=lambda done, whole: seen.append((done, whole)))
    assert seen[-1] == (len(cast.passages()), len(cast.passages()))


def test_searching_never_writes_a_published_generation(tmp_path: Path) -> None:
    build(cast.passages(), HashEmbedder(), tmp_path)
    before = _files(tmp_path)
    for _ in range(2):
        library = open_library(tmp_path, HashEmbedder())
        assert library.search("apixaban") and not library.degraded
        library.close()
    assert _files(tmp_path) == before


def test_two_builders_at_once_are_refused(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BuildBusy, match="Wait"):
            build(cast.passages(), HashEmbedder(), tmp_path)
    build(cast.passages(), HashEmbedder(), tmp_path)


def test_a_damaged_generation_is_built_again(tmp_path: Path) -> None:
    digest = build(cast.passages(), HashEmbedder(), tmp_path)
    (tmp_path / digest / "passages.jsonl").write_text("[]")
    assert build(cast.passages(), HashEmbedder(), tmp_path) == digest
    assert len(open_library(tmp_path, HashEmbedder())) == len(cast.passages())


_SLOW = """
import sys
from pathlib import Path
from retrieval.build import build
from tests.retrieval import cast
build(cast.passages()[1:], cast.HashEmbedder(pause=30), Path(sys.argv[1]))
"""


def test_a_build_killed_half_way_leaves_the_old_generation(tmp_path: Path) -> None:
    old = build(cast.passages(), HashEmbedder(), tmp_path)
    process = subprocess.Popen([sys.executable, "-c", _SLOW, str(tmp_path)], cwd=Path(__file__).parents[2])
    try:
        _wait_for(lambda: any(tmp_path.glob(".building-*/lexical.weights.npy")))
        with pytest.raises(BuildBusy):
            build(cast.passages(), HashEmbedder(), tmp_path)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert generation.current(tmp_path) == old
    library = open_library(tmp_path, HashEmbedder())
    assert library.search("apixaban") and not library.degraded
    new = build(cast.passages()[1:], HashEmbedder(), tmp_path)
    assert generation.current(tmp_path) == new != old
    assert not any(tmp_path.glob(".building-*"))


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    old = build(cast.passages(), HashEmbedder(), tmp_path)

    class Full(HashEmbedder):
        """Writes until the disk is full."""

        def embed(self, texts: list[str]) -> list[list[float]]:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        build(cast.passages()[1:], Full(), tmp_path)
    assert not any(tmp_path.glob(".building-*")) and generation.current(tmp_path) == old


def test_a_flipped_bit_is_found_and_built_over(tmp_path: Path) -> None:
    digest = build(cast.passages(), HashEmbedder(), tmp_path)
    assert generation.spoilt(tmp_path) == []
    made = generation.stamp(tmp_path)
    for name in ("terms.json", "lexical.weights.npy", "chroma/chroma.sqlite3"):
        path = tmp_path / digest / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert generation.standing(tmp_path) and generation.spoilt(tmp_path) == [name]
        assert build(cast.passages(), HashEmbedder(), tmp_path) == digest
        assert generation.spoilt(tmp_path) == [] and generation.stamp(tmp_path) not in (made, ("", 0, 0))
        made = generation.stamp(tmp_path)


def test_a_generation_of_a_newer_release_is_read(tmp_path: Path) -> None:
    """Which has given passages and terms a field more; a worker that is not yet updated reads on."""

    class Newer(Passage):
        """A passage with a field more."""

        licence: str = "CC BY 4.0"

    term = Term(term="atrial fibrillation", synonyms=("AF",))
    passages = [Newer(**one.model_dump()) for one in cast.passages()]
    digest = build(passages, None, tmp_path, terms=[term])
    terms = tmp_path / digest / "terms.json"
    terms.write_text(json.dumps([one | {"register": "clinical"} for one in json.loads(terms.read_text())]))
    generation.seal(tmp_path / digest, digest, "", len(passages))
    assert open_library(tmp_path, None).search("AF")
    terms.write_text(json.dumps([{"name": "atrial fibrillation"}]))
    generation.seal(tmp_path / digest, digest, "", len(passages))
    with pytest.raises(GenerationDamaged, match="another release"):
        open_library(tmp_path, None)


_READ = """
import sys
from pathlib import Path
from retrieval.library import open_library
from tests.retrieval.cast import HashEmbedder
library = open_library(Path(sys.argv[1]), HashEmbedder())
assert not library.degraded
print([hit.passage.id for hit in library.search("apixaban warfarin stroke")])
"""


def test_several_processes_read_one_generation_at_once(tmp_path: Path) -> None:
    build(cast.passages(), HashEmbedder(), tmp_path)
    readers = [
        subprocess.Popen([sys.executable, "-c", _READ, str(tmp_path)], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    answers = {reader.communicate()[0] for reader in readers}
    assert len(answers) == 1 and all(reader.returncode == 0 for reader in readers)


def test_old_generations_are_pruned_but_not_the_published_one(tmp_path: Path) -> None:
    passages = cast.passages()
    digests = [build(passages[n:], None, tmp_path) for n in range(4)]
    assert sorted(prune(tmp_path, keep=2)) == sorted(digests[:2])
    assert (tmp_path / digests[3]).is_dir() and (tmp_path / digests[2]).is_dir()


def test_superseded_versions_are_not_in_force() -> None:
    old = cast.guideline(cast.OLD_AF, version="1", more='superseded_by: "2"\n')
    new = cast.guideline(version="2", more='supersedes: "1"\n')
    assert in_force([old, new]) == [new] == in_force([new, old])
    unmarked = cast.guideline(cast.OLD_AF, version="1")
    assert in_force([unmarked, new]) == [new]
    assert in_force([old]) == []


def test_a_version_that_is_not_yet_effective_does_not_supersede() -> None:
    from datetime import date

    old = cast.guideline(cast.OLD_AF, version="1", more='superseded_by: "2"\n')
    old = old.model_copy(update={"meta": old.meta.model_copy(update={"effective": "2020-01-01"})})
    new = cast.guideline(version="2", more='supersedes: "1"\n')
    assert in_force([old, new], date(2024, 6, 1)) == [old]
    assert in_force([old, new], date(2025, 1, 15)) == [new]


def test_two_versions_of_one_source_are_refused(tmp_path: Path) -> None:
    old, new = cast.guideline(cast.OLD_AF, version="1"), cast.guideline(version="2")
    with pytest.raises(VersionsConflict, match="af"):
        in_force([old, new])
    with pytest.raises(VersionsConflict, match="af"):
        build([*old.passages, *new.passages], None, tmp_path)


def _wait_for(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)
