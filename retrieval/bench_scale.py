"""How an index grows: building, opening and searching generations of many made passages (synthetic.py), each step in a process of its own."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from retrieval import synthetic
from retrieval.bench import disk_mib, search_times
from retrieval.build import build
from retrieval.glossary import Term
from retrieval.library import Mode, open_library
from retrieval.store import Store
from retrieval.types import Passage

DEEP = 100
"""Depth at which the approximate index is held against the exact one: about what a search asks for."""


@dataclass
class Given:
    """An embedder whose vectors are known beforehand, so that a search is timed without the model."""

    known: dict[str, list[float]]
    dimensions: int
    digest: str = "given"

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [self.known.get(text, next(iter(self.known.values()))) for text in texts]


@dataclass(frozen=True)
class Sample:
    """Real passages with their vectors, and real queries with theirs."""

    passages: tuple[Passage, ...]
    vectors: NDArray[np.float32]
    queries: dict[str, list[float]]
    """By what the dense side reads of the query."""
    asked: tuple[str, ...]
    terms: tuple[Term, ...]

    @property
    def embedder(self) -> Given:
        return Given(self.queries, self.vectors.shape[1])


def bench_scale(root: Path, sample: Sample, count: int) -> dict[str, Any]:
    """Figures of one size: seconds, bytes, milliseconds a search without embedding, and how much of the exact ranking is found."""
    built = apart(_build, root, sample, count)
    again = apart(_one_more, root, sample, count)
    searched = apart(_search, root, sample, count)
    return {"passages": count, **built, **again, **searched}


def apart(act: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """In a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(act, *given).result()


def peak_mib() -> int:
    """Most memory that this process has held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)


def _made(sample: Sample, count: int) -> tuple[list[Passage], dict[str, NDArray[np.float32]]]:
    passages = list(synthetic.passages(count, sample.passages))
    return passages, dict(zip((one.id for one in passages), synthetic.vectors(count, sample.vectors), strict=True))


def _with_more(sample: Sample, count: int) -> tuple[list[Passage], dict[str, NDArray[np.float32]]]:
    """The same, and a guideline of thirty passages."""
    passages, vectors = _made(sample, count)
    more = list(synthetic.passages(30, sample.passages, seed=2, name="more"))
    their = zip((one.id for one in more), synthetic.vectors(30, sample.vectors, seed=2), strict=True)
    return [*passages, *more], vectors | dict(their)


def _build(root: Path, sample: Sample, count: int) -> dict[str, Any]:
    passages, vectors = _made(sample, count)
    begun = time.perf_counter()
    digest = build(passages, sample.embedder, root, vectors, terms=sample.terms)
    seconds = time.perf_counter() - begun
    return {
        "build_s": round(seconds, 1),
        "built_per_s": round(count / seconds),
        "disk_mib": disk_mib(root / digest),
        "build_peak_mib": peak_mib(),
    }


def _one_more(root: Path, sample: Sample, count: int) -> dict[str, Any]:
    """One guideline of thirty passages comes to the generation that stands."""
    passages, vectors = _with_more(sample, count)
    begun = time.perf_counter()
    build(passages, sample.embedder, root, vectors, terms=sample.terms)
    return {"one_more_s": round(time.perf_counter() - begun, 1)}


def _search(root: Path, sample: Sample, count: int) -> dict[str, Any]:
    begun = time.perf_counter()
    library = open_library(root, sample.embedder)
    library.search(sample.asked[0])
    opened = time.perf_counter() - begun
    found: dict[str, Any] = {"open_s": round(opened, 2), "degraded": library.degraded}
    found |= search_times({mode: partial(library.search, mode=mode) for mode in (Mode.HYBRID, Mode.LEXICAL)}, sample.asked)
    found["resident_mib"] = round(psutil.Process().memory_info().rss / 2**20)
    library.close()
    found["recall_of_exact"] = round(_recall(root / library.digest, sample, count), 4)
    return found


def _recall(folder: Path, sample: Sample, count: int) -> float:
    """Share of the exactly nearest DEEP that the approximate index names, mean over the queries."""
    made = synthetic.passages(count, sample.passages), synthetic.passages(30, sample.passages, seed=2, name="more")
    ids = np.array([one.id for one in chain(*made)])
    matrix = np.concatenate((synthetic.vectors(count, sample.vectors), synthetic.vectors(30, sample.vectors, seed=2)))
    nearest = Store(folder, sample.embedder, len(ids)).nearest
    shares = []
    for vector in map(np.asarray, sample.queries.values()):
        near = matrix @ vector.astype(np.float32)
        exact = set(ids[np.argpartition(-near, DEEP)[:DEEP]].tolist())
        shares.append(len(exact & {one for one, _ in nearest(vector.tolist(), DEEP)}) / DEEP)
    return float(np.mean(shares))


def sample_of(passages: Sequence[Passage], vectors: NDArray[np.float32], asked: Sequence[str], terms: Sequence[Term], embed: Any) -> Sample:
    """`asked`: queries in words; `embed`: the embedder that made `vectors`."""
    from retrieval.query import Expander

    read = Expander(terms)
    dense = [read.read(query).dense for query in asked]
    return Sample(tuple(passages), vectors, dict(zip(dense, embed.embed(dense), strict=True)), tuple(asked), tuple(terms))
