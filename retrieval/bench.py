"""Times of the published generation: opening, searching whole and by words, and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from retrieval.library import Mode, open_library
from retrieval.metrics import percentile
from retrieval.types import Embedder


def bench_retrieval(root: Path, embedder: Embedder | None, queries: Sequence[str], rounds: int = 3) -> dict[str, object]:
    """Milliseconds (p50, p95) a search, whole and by words alone, after one warm-up; and the size of what serves it."""
    begun = time.perf_counter()
    library = open_library(root, embedder)
    opened = time.perf_counter() - begun
    figures: dict[str, object] = {"passages": len(library), "degraded": library.degraded, "open_seconds": round(opened, 3)}
    library.search(queries[0])
    for mode in (Mode.LEXICAL,) if library.degraded else (Mode.HYBRID, Mode.LEXICAL):
        times = [_timed(lambda query=query, mode=mode: library.search(query, mode=mode)) for _ in range(rounds) for query in queries]  # type: ignore[misc]
        figures[f"{mode}_ms_p50"] = round(percentile(times, 0.5), 1)
        figures[f"{mode}_ms_p95"] = round(percentile(times, 0.95), 1)
    figures["disk_bytes"] = sum(path.stat().st_size for path in (root / library.digest).rglob("*") if path.is_file())
    figures["peak_memory_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    library.close()
    return figures


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)
