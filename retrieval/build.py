"""Builds an immutable index generation and publishes it. Killed at any moment it leaves the old generation serving."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval import generation, lexical
from retrieval.errors import BuildBusy, GenerationDamaged, GenerationMissing, IndexEmpty
from retrieval.glossary import Term
from retrieval.passage_file import PassageFile
from retrieval.query import Expander
from retrieval.tokens import tokens
from retrieval.types import Embedder, Passage
from retrieval.versions import check_one_version

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""(done, all) passages embedded."""

Vector = NDArray[np.float32]
Vectors = Mapping[str, Vector]
"""Unit vectors by passage id."""
_BATCH = 256
"""Texts embedded before progress is told: of similar length, so that many have equally many tokens."""
_BUILDING = ".building-"


def build(
    passages: Sequence[Passage],
    embedder: Embedder | None,
    root: Path,
    reuse: Vectors | None = None,
    *,
    terms: Sequence[Term] = (),
    progress: Progress | None = None,
) -> str:
    """Builds and publishes; returns the generation's digest. The same input gives the same digest and no second build.

    `passages`: of versions in force only. `reuse`: vectors by passage id, made by this same embedder. `terms`: names that
    searches expand with. `embedder` None makes a lexical generation.
    """
    kept = sorted({passage.id: passage for passage in passages}.values(), key=lambda passage: passage.id)
    if not kept:
        raise IndexEmpty("Nothing to index: no passage was given. Approve at least one source first.")
    check_one_version(kept)
    digest = generation.digest_of(kept, terms, embedder.digest if embedder else "")
    with _only_builder(root):
        if not _whole(root / digest):
            _make(kept, embedder, root, digest, reuse or {}, terms, progress)
        if generation.current(root) != digest:
            generation.publish(root, digest)
    return digest


def embed_passages(
    passages: Sequence[Passage], embedder: Embedder, reuse: Vectors | None = None, progress: Progress | None = None
) -> dict[str, Vector]:
    """A vector for each passage, those of `reuse` taken over. Passages that read alike are embedded once."""
    known = reuse or {}
    vectors = {passage.id: known[passage.id] for passage in passages if len(known.get(passage.id, ())) == embedder.dimensions}
    missing: dict[str, list[str]] = defaultdict(list)
    for passage in passages:
        if passage.id not in vectors:
            missing[dense_text(passage)].append(passage.id)
    texts = sorted(missing, key=len)
    for start in range(0, len(texts), _BATCH):
        some = texts[start : start + _BATCH]
        made = np.asarray(embedder.embed(some), dtype=np.float32)
        vectors.update((one, vector) for text, vector in zip(some, made, strict=True) for one in missing[text])
        if progress:
            progress(len(vectors), len(passages))
    return vectors


def dense_text(passage: Passage) -> str:
    """What the embedder reads of a passage."""
    return ". ".join(part for part in (passage.title, *passage.section, passage.text) if part)


def lexical_tokens(passage: Passage, expander: Expander) -> list[str]:
    """What BM25 reads of a passage; one that is not in English also has the English names of its terms."""
    text = "\n".join((passage.title, *passage.section, *passage.conditions, passage.text))
    return tokens(text if passage.language.startswith("en") else f"{text}\n{expander.gloss(text)}")


def prune(root: Path, keep: int = 2) -> list[str]:
    """Removes old generations but the published one and the `keep - 1` newest others; returns what went."""
    with _only_builder(root):
        published = generation.current(root)
        others = [path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name != published]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in others[max(keep - 1, 0) :]:
            shutil.rmtree(path)
        return [path.name for path in others[max(keep - 1, 0) :]]


def _make(
    passages: list[Passage],
    embedder: Embedder | None,
    root: Path,
    digest: str,
    reuse: Vectors,
    terms: Sequence[Term],
    progress: Progress | None,
) -> None:
    folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=root))
    generation.write_contents(folder, passages, terms)
    expander = Expander(terms)
    lexical.index(lexical_tokens(passage, expander) for passage in passages).save(folder)
    grown = _write_vectors(folder, embed_passages(passages, embedder, reuse, progress), root, embedder.digest) if embedder else 0
    generation.seal(folder, digest, embedder.digest if embedder else "", len(passages), grown)
    if (root / digest).exists():  # a damaged one
        os.replace(root / digest, Path(tempfile.mkdtemp(prefix=_BUILDING, dir=root)) / "damaged")
    folder.chmod(0o755)
    os.replace(folder, root / digest)
    generation.sync(root)


def _write_vectors(folder: Path, vectors: Vectors, root: Path, embedder: str) -> int:
    """The collection, grown out of the published one where most is the same. Returns how much it has grown since it was last made anew."""
    from retrieval import store

    old = root / generation.current(root)
    try:
        manifest = generation.read_manifest(old)
        known = frozenset(PassageFile(old).ids())
        grown = manifest.grown + len(known ^ vectors.keys())
        if manifest.embedder == embedder and grown <= store.MOST_GROWN * len(vectors) and not generation.damaged(old, manifest):
            store.grow(folder, vectors, old, known)
            return grown
    except (GenerationMissing, GenerationDamaged):
        pass
    except Exception:
        log.exception("the vectors of generation %s cannot be grown; written from nothing", old.name)
        shutil.rmtree(folder / store.FOLDER, ignore_errors=True)
    store.write(folder, vectors)
    return 0


def _whole(folder: Path) -> bool:
    try:
        return not generation.damaged(folder, generation.read_manifest(folder))
    except (GenerationMissing, GenerationDamaged):
        return False


@contextmanager
def _only_builder(root: Path) -> Iterator[None]:
    """Holds the exclusive lock of the index folder; the kernel lets go of it when the process dies."""
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BuildBusy("Another process is building the index. Wait until it has ended.") from error
        _clear(root)
        try:
            yield
        finally:
            _clear(root)
    finally:
        os.close(handle)


def _clear(root: Path) -> None:
    """Removes what a build left behind that was killed or failed: on a full disk nothing else could be written either."""
    for left in root.glob(f"{_BUILDING}*"):
        shutil.rmtree(left, ignore_errors=True)
