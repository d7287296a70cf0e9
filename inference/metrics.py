"""What the host counts, for the `metrics` verb. No text, no client ids."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))] if values else 0.0


@dataclass
class Metrics:
    """Written by the batching thread, read by any: single attributes only, so no lock."""

    counts: Counter[str] = field(default_factory=Counter)
    first_token_s: deque[float] = field(default_factory=lambda: deque(maxlen=256))
    between_tokens_s: deque[float] = field(default_factory=lambda: deque(maxlen=4096))
    rate: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=512))
    started: float = field(default_factory=time.monotonic)

    def sampled(self, count: int) -> None:
        self.counts["tokens"] += count
        self.rate.append((time.monotonic(), count))

    def tokens_per_second(self) -> float:
        """Over the last ten seconds."""
        now = time.monotonic()
        recent = [(at, count) for at, count in list(self.rate) if now - at <= 10]
        return sum(count for _, count in recent) / max(1e-3, now - recent[0][0]) if len(recent) > 1 else 0.0

    def think_tokens_mean(self) -> float:
        """Of a finished sample."""
        counts = dict(self.counts)
        finished = sum(count for name, count in counts.items() if name.startswith("finished_"))
        return counts.get("think_tokens", 0) / finished if finished else 0.0

    def report(self, **gauges: float) -> dict[str, float]:
        first, between = list(self.first_token_s), list(self.between_tokens_s)
        return {
            **gauges,
            **{f"{name}_total": float(count) for name, count in sorted(dict(self.counts).items())},
            "tokens_per_second": round(self.tokens_per_second(), 2),
            "first_token_seconds_p50": quantile(first, 0.5),
            "first_token_seconds_p95": quantile(first, 0.95),
            "first_token_seconds_p99": quantile(first, 0.99),
            "between_tokens_seconds_p50": quantile(between, 0.5),
            "between_tokens_seconds_p99": quantile(between, 0.99),
            "think_tokens_mean": round(self.think_tokens_mean(), 1),
            "resident_bytes": float(resident_bytes()),
            "uptime_seconds": round(time.monotonic() - self.started, 1),
        }


def resident_bytes() -> int:
    if sys.platform != "linux":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

