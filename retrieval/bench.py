"""The clock of the retrieval benchmarks: milliseconds a search, and bytes on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from retrieval.metrics import percentile


def search_times(ways: Mapping[str, Callable[[str], object]], queries: Sequence[str], rounds: int = 1) -> dict[str, float]:
    """Milliseconds a query (p50, p95) for each way of searching, after one warm-up."""
    found: dict[str, float] = {}
    for name, search in ways.items():
        search(queries[0])
        times = [_timed(search, query) for _ in range(rounds) for query in queries]
        found |= {f"{name}_ms_p50": round(percentile(times, 0.5), 1), f"{name}_ms_p95": round(percentile(times, 0.95), 1)}
    return found


def disk_mib(folder: Path) -> float:
    """Size of all files under a folder."""
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20, 1)


def _timed(search: Callable[[str], object], query: str) -> float:
    begun = time.perf_counter()
    search(query)
    return 1000 * (time.perf_counter() - begun)
