"""Intervals for small samples: Wilson for shares (Wilson 1927), bootstrap for means (Efron 1979)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import sqrt
from statistics import fmean

Z95 = 1.959964


def wilson(hits: int, of: int) -> dict[str, float | int]:
    """A share with its 95 % interval."""
    if of == 0:
        return {"share": 0.0, "low": 0.0, "high": 1.0, "hits": 0, "of": 0}
    p = hits / of
    middle = (p + Z95**2 / (2 * of)) / (1 + Z95**2 / of)
    half = Z95 / (1 + Z95**2 / of) * sqrt(p * (1 - p) / of + Z95**2 / (4 * of**2))
    return {
        "share": round(p, 4),
        "low": round(max(0.0, middle - half), 4),
        "high": round(min(1.0, middle + half), 4),
        "hits": hits,
        "of": of,
    }


def bootstrap(values: Sequence[float], rounds: int = 1000, seed: int = 1) -> dict[str, float]:
    """A mean with its 95 % percentile interval; the same seed gives the same interval."""
    if not values:
        return {"mean": 0.0, "low": 0.0, "high": 0.0}
    draw = random.Random(seed)
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(rounds))
    return {"mean": round(fmean(values), 4), "low": round(means[int(0.025 * rounds)], 4), "high": round(means[int(0.975 * rounds)], 4)}
