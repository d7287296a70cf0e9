"""`manage.py bench corpus`: the closed National Guideline Clearinghouse (1,416 guidelines, 2.8 M words) cut into units and indexed."""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from clinic import wiring
from retrieval.build import build, embed_passages
from retrieval.collection import search_terms
from retrieval.document import Document, Meta
from retrieval.evaluate import read_lines
from retrieval.intake import assemble
from retrieval.library import open_library
from retrieval.page import Block, Page
from retrieval.types import Passage

FOLDER = "ngc_guidelines"
FIELDS = ("major_recommendations", "contraindications", "potential_harms")
EMBEDDED = 400
"""Passages embedded to tell the rate: at about twenty a second the whole corpus takes a quarter of an hour and more."""


def corpus(data: Path = Path("../shared/data")) -> dict[str, Any]:
    """Seconds and bytes of cutting and indexing by words, the rate of embedding a random part, and what embedding all would take."""
    path = data / FOLDER / "guidelines.jsonl.gz"
    if not path.is_file():
        raise LookupError(f"{path} is absent. Name the folder of the public sets with --data.")
    begun = time.perf_counter()
    passages = [one for record in read_lines(path) for one in _document(record).passages]
    cut = time.perf_counter() - begun
    some = random.Random(1).sample(passages, EMBEDDED)
    embedder = wiring.embedder()
    embedder.embed(["warm"])
    begun = time.perf_counter()
    embed_passages(some, embedder)
    rate = EMBEDDED / (time.perf_counter() - begun)
    return {
        "passages": len(passages),
        "recommendations": sum(one.kind == "recommendation" for one in passages),
        "cut_s": round(cut, 1),
        **_by_words(passages),
        "embedded_per_s": round(rate, 1),
        "all_embedded_min": round(len(passages) / rate / 60, 1),
        "resident_mib": round(psutil.Process().memory_info().rss / 2**20),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10),
    }


def _by_words(passages: list[Passage]) -> dict[str, Any]:
    with TemporaryDirectory(prefix="consilium-bench-") as folder:
        begun = time.perf_counter()
        digest = build(passages, None, Path(folder), terms=search_terms(wiring.formulary(), wiring.glossary()))
        seconds = time.perf_counter() - begun
        size = sum(path.stat().st_size for path in (Path(folder) / digest).rglob("*") if path.is_file())
        begun = time.perf_counter()
        open_library(Path(folder), None)
        opened = time.perf_counter() - begun
    return {"indexed_s": round(seconds, 1), "indexed_per_s": round(len(passages) / seconds), "disk_mib": round(size / 2**20, 1), "open_s": round(opened, 2)}


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
