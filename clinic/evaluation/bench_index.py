"""`manage.py bench index`: how building and searching grow with the number of passages, from the passages and vectors of this hospital."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from clinic import wiring
from clinic.evaluation.questions import questions
from clinic.knowledge.models import PassageRow
from retrieval.bench_scale import bench_scale, sample_of
from retrieval.collection import search_terms
from retrieval.types import Passage

SIZES = (10_000, 100_000)


def index(passages: Sequence[int] = SIZES) -> dict[str, Any]:
    """Figures by number of passages; a search is timed without the embedding of its query."""
    embedder = wiring.embedder()
    rows = PassageRow.objects.filter(embedder=embedder.digest).values_list("body", "vector")
    kept = [(Passage.model_validate(body), np.frombuffer(bytes(vector), dtype="<f4")) for body, vector in rows if vector]
    if not kept:
        raise LookupError("No passage of this hospital has a vector yet: publish the index first (`manage.py demo`).")
    real, vectors = zip(*kept, strict=True)
    asked = questions()
    terms = search_terms(wiring.formulary(), wiring.glossary())
    sample = sample_of(real, np.stack(vectors), asked, terms, embedder)
    found: dict[str, Any] = {"queries": len(asked)}
    for size in passages:
        with TemporaryDirectory(prefix="consilium-bench-") as folder:
            found[str(size)] = bench_scale(Path(folder), sample, size)
    return found
