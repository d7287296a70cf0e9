"""`manage.py bench corpus`: the closed National Guideline Clearinghouse (1,416 guidelines, 2.8 M words) cut into units, embedded and searched."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from clinic import wiring
from clinic.evaluation.questions import questions
from retrieval.bench import disk_mib, search_times
from retrieval.bench_scale import Given, apart, peak_mib
from retrieval.build import build, dense_text, embed_passages
from retrieval.collection import search_terms
from retrieval.document import Document, Meta
from retrieval.evaluate import read_lines
from retrieval.intake import assemble
from retrieval.library import Mode, open_library
from retrieval.page import Block, Page
from retrieval.query import Expander
from retrieval.types import Passage
from retrieval.vector_cache import CachedEmbedder

FOLDER = "ngc_guidelines"
FIELDS = ("major_recommendations", "contraindications", "potential_harms")


def corpus(data: Path = Path("../shared/data"), work: Path | None = None) -> dict[str, Any]:
    """Seconds and bytes of cutting, embedding and indexing it all, then milliseconds a search. Each step in a process of its own.

    `work` keeps vectors and index, so that an interrupted run goes on; the rate of embedding is that of what was embedded this time.
    """
    path = data / FOLDER / "guidelines.jsonl.gz"
    if not path.is_file():
        raise LookupError(f"{path} is absent. Name the folder of the public sets with --data.")
    with ExitStack() as stack:
        kept = work or Path(stack.enter_context(TemporaryDirectory(prefix="consilium-bench-")))
        steps = ((_embed, path, kept), (_words, path, kept), (_whole, path, kept), (_search, kept, questions()))
        return {name: value for step, *given in steps for name, value in apart(step, *given).items()}


def _cut(path: Path) -> list[Passage]:
    return [one for record in read_lines(path) for one in _document(record).passages]


def _embed(path: Path, work: Path) -> dict[str, Any]:
    begun = time.perf_counter()
    passages = _cut(path)
    cut = time.perf_counter() - begun
    embedder = wiring.embedder()
    embedder.embed(["warm"])
    cached = CachedEmbedder(embedder, work / "vectors.sqlite3")
    already, begun, busy = cached.count(), time.perf_counter(), time.process_time()
    embed_passages(passages, cached, progress=_tell)
    seconds, busy, made = time.perf_counter() - begun, time.process_time() - busy, cached.count() - already
    return {
        "passages": len(passages),
        "recommendations": sum(one.kind == "recommendation" for one in passages),
        "cut_s": round(cut, 1),
        "texts": len({dense_text(one) for one in passages}),
        "embedded": made,
        "embed_s": round(seconds, 1),
        "embedded_per_s": round(made / seconds, 1),
        "embedded_per_cpu_s": round(made / busy, 1),
        "embed_peak_mib": peak_mib(),
    }


def _words(path: Path, work: Path) -> dict[str, Any]:
    """Indexed by words alone."""
    passages, root = _cut(path), work / "words"
    begun = time.perf_counter()
    digest = build(passages, None, root, terms=search_terms(wiring.formulary(), wiring.glossary()))
    seconds = time.perf_counter() - begun
    return {"words_s": round(seconds, 1), "words_disk_mib": disk_mib(root / digest), "words_peak_mib": peak_mib()}


def _whole(path: Path, work: Path) -> dict[str, Any]:
    """Indexed by words and from the vectors that stand."""
    passages, root = _cut(path), work / "index"
    vectors = embed_passages(passages, CachedEmbedder(wiring.embedder(), work / "vectors.sqlite3"))
    begun = time.perf_counter()
    digest = build(passages, wiring.embedder(), root, vectors, terms=search_terms(wiring.formulary(), wiring.glossary()))
    return {"index_s": round(time.perf_counter() - begun, 1), "disk_mib": disk_mib(root / digest), "index_peak_mib": peak_mib()}


def _search(work: Path, asked: Sequence[str]) -> dict[str, Any]:
    """Milliseconds a question end to end, from a known vector, and by words alone."""
    embedder = wiring.embedder()
    embedder.embed(["warm"])
    before, begun = psutil.Process().memory_info().rss, time.perf_counter()
    library = open_library(work / "index", embedder)
    library.search(asked[0])
    found: dict[str, Any] = {"queries": len(asked), "open_s": round(time.perf_counter() - begun, 2), "degraded": library.degraded}
    found |= search_times({"hybrid": library.search, "lexical": partial(library.search, mode=Mode.LEXICAL)}, asked)
    found["resident_mib"] = round((psutil.Process().memory_info().rss - before) / 2**20)
    library.close()
    expander = Expander(search_terms(wiring.formulary(), wiring.glossary()))
    read = [expander.read(query).dense for query in asked]
    known = Given({text: embedder.embed([text])[0] for text in read}, embedder.dimensions, embedder.digest)
    library = open_library(work / "index", known)
    found |= search_times({"without_embedding": library.search}, asked)
    library.close()
    return found


def _tell(done: int, whole: int) -> None:
    print(f"\rembedding {done}/{whole}", end="\n" if done == whole else "", file=sys.stderr, flush=True)


def _document(record: dict[str, Any]) -> Document:
    year = str(record.get("year") or "1998")[:4]
    meta = Meta(
        id=record["id"], title=record["title"], organisation=record.get("developer") or "unknown", version=year,
        effective=f"{year}-01-01", language="en",
    )  # fmt: skip
    return assemble([Page(number=1, pages=1, blocks=tuple(_blocks(record)))], meta)


def _blocks(record: dict[str, Any]) -> Iterator[Block]:
    for field in FIELDS:
        if said := record.get(field):
            yield Block(kind="heading", text=field.replace("_", " ").capitalize(), level=2)
            for line in filter(None, map(str.strip, said.split("\n"))):
                yield Block(kind="item" if line.startswith("- ") else "paragraph", text=line.removeprefix("- "))
