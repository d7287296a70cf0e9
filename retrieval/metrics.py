"""Retrieval metrics, pure: a ranking of ids against graded judgements."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from statistics import fmean

Grades = Mapping[str, float]
"""Document id -> grade; above 0 is relevant."""


def ndcg(ranking: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Normalised discounted cumulative gain with the grade as gain."""
    ideal = _gain(sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:depth])
    return _gain([max(grades.get(one, 0.0), 0.0) for one in ranking[:depth]]) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Grades, depth: int) -> float:
    """Share of the relevant documents among the first `depth`."""
    relevant = {one for one, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Grades) -> float:
    """1 / place of the first relevant document, 0 if there is none."""
    return next((1 / place for place, one in enumerate(ranking, start=1) if grades.get(one, 0.0) > 0), 0.0)


def interval(values: Sequence[float], seed: int = 0, rounds: int = 1000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    if not values:
        return (0.0, 0.0)
    drawn = random.Random(seed)
    means = sorted(fmean(drawn.choices(values, k=len(values))) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[min(int(0.975 * rounds), rounds - 1)]


def percentile(values: Sequence[float], share: float) -> float:
    """Value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def summary(runs: Mapping[str, Sequence[str]], judged: Mapping[str, Grades]) -> dict[str, object]:
    """nDCG@10, recall@10, recall@100 and MRR over the judged queries, each with its 95 % interval."""
    pairs = [(runs.get(query, ()), grades) for query, grades in judged.items() if any(grade > 0 for grade in grades.values())]
    measured = {
        "ndcg@10": [ndcg(ranking, grades) for ranking, grades in pairs],
        "recall@10": [recall(ranking, grades, 10) for ranking, grades in pairs],
        "recall@100": [recall(ranking, grades, 100) for ranking, grades in pairs],
        "mrr": [reciprocal_rank(ranking, grades) for ranking, grades in pairs],
    }
    figures: dict[str, object] = {"judged_queries": len(pairs)}
    for name, values in measured.items():
        figures[name] = round(fmean(values), 4) if values else None
        figures[f"{name}_interval95"] = [round(bound, 4) for bound in interval(values)] if values else None
    return figures


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, start=1))
