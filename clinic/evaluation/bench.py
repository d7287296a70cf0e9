"""Benchmarks by name: each returns one object of medians. Run them with nothing else on the machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil
from django.conf import settings
from django.db.models import Min, Q

from clinic import wiring
from clinic.consults.models import Consult
from clinic.evaluation.arbitrate import arbitrate
from clinic.evaluation.at_hand import tools_at_hand
from clinic.evaluation.bench_corpus import corpus
from clinic.evaluation.bench_index import index
from clinic.evaluation.bench_safety import safety12
from clinic.evaluation.demo import read
from clinic.evaluation.questions import questions
from retrieval.bench import search_times

PARTS = {
    "web": "clinic.asgi",
    "worker": "clinic.celery",
    "sweeper": "manage.py sweep",
    "model host": "inference.host",
    "Redis": "redis-server",
}
"""Process -> what its command line holds."""


def consult(limit: int = 8, model: str = "") -> dict[str, Any]:
    """Seconds from start to cautions, evidence and conclusion over fixture disagreements, warm; both orders, all runs."""
    with tools_at_hand(model) as tools:
        files = sorted((settings.FIXTURES / "disagreements").glob("*.yaml"))
        results = [arbitrate(read(path), tools) for path in files[: limit + 1] if not read(path).get("time_critical")][1:]
    return {
        "consults": len(results),
        "model": results[0]["model"]["model"],
        "seconds_to_cautions": _middle(r["seconds_until"]["cautions"] for r in results),
        "seconds_to_evidence": _middle(r["seconds_until"]["evidence"] for r in results),
        "seconds": _middle(r["seconds"] for r in results),
        "seconds_most": max(r["seconds"] for r in results),
        "runs": _middle(r["stability"]["runs"] for r in results),
        "tokens": _middle(r["model_tokens"] for r in results),
        "tokens_per_second": _middle(r["model_tokens"] / max(r["seconds"], 1e-3) for r in results),
    }


def safety(rounds: int = 20) -> dict[str, Any]:
    """Milliseconds for all checks on both plans of each fixture disagreement."""
    from clinic.reasoning import intake
    from clinic.reasoning.safety import cautions

    book, terms = wiring.formulary(), wiring.glossary()
    disputes = [intake.dispute(read(path)) for path in sorted((settings.FIXTURES / "disagreements").glob("*.yaml"))]
    taken = []
    for _ in range(rounds):
        for dispute in disputes:
            started = time.perf_counter()
            cautions(dispute, book, terms)
            taken.append(1000 * (time.perf_counter() - started))
    taken.sort()
    return {"checks": len(taken), "ms": _middle(taken), "ms_p95": round(taken[int(0.95 * len(taken))], 3)}


def retrieval(limit: int = 60) -> dict[str, Any]:
    """Milliseconds a query over the published index, whole (with the query's embedding) and by words alone."""
    queries = questions()[:limit]
    ways = {"hybrid": wiring.library().search, "lexical": wiring.library(dense=False).search}
    return {"queries": len(queries), "passages": len(wiring.library()), **search_times(ways, queries)}


def inference(
    model: str = "", shape: str = "", only: Sequence[str] = (), short: bool = False, threads: int = 0, told: Callable[[str], None] = print
) -> dict[str, Any]:
    """The model host against llama.cpp itself, each figure beside its goal. Starts a host of its own.

    `model`: a name or a card.toml; `shape`: random weights of R1-Distill-Qwen-1.5B's shape in this quantisation, made on first
    use; neither: the model of the settings.
    """
    from inference.bench.figure import table
    from inference.bench.run import SHORT, Sizes, measure

    if shape:
        from models.training.shape import card

        model = str(card(settings.DATA / "shapes" / shape, shape))
    return measure(model or wiring.card().reference, only, SHORT if short else Sizes(), threads, told=lambda figure: told(table([figure])))


def house() -> dict[str, Any]:
    """Of the consults in this database: seconds from the request to the evidence brief and to the end, as their rows tell."""
    rows = Consult.objects.filter(outcome__isnull=False, fence=1, events__type="evidence")
    told = rows.annotate(brief_at=Min("events__at", filter=Q(events__type="evidence"))).values_list("requested_at", "brief_at", "ended_at")
    if not told:
        raise LookupError("No consult has ended at its first attempt in this database: ask for some on the pages, then measure.")
    return {
        "consults": len(told),
        "seconds_to_evidence": _middle((brief - asked).total_seconds() for asked, brief, _ in told),
        "seconds": _middle((end - asked).total_seconds() for asked, _, end in told if end),
    }


def processes() -> dict[str, Any]:
    """Resident memory of each part of the running house, MiB."""
    found: dict[str, Any] = {}
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        line = " ".join(process.info["cmdline"] or ())
        for name, mark in PARTS.items():
            if mark in line and process.info["memory_info"]:
                found.setdefault(name, []).append(round(process.info["memory_info"].rss / 2**20))
    return {"resident_mib": found}


BENCHES: dict[str, Callable[..., dict[str, Any]]] = {
    "consult": consult,
    "safety": safety,
    "safety12": safety12,
    "retrieval": retrieval,
    "index": index,
    "corpus": corpus,
    "inference": inference,
    "house": house,
    "processes": processes,
}



def _middle(values: Any) -> float:
    return round(float(statistics.median(values)), 3)
