"""`/metrics` for Prometheus: a collector that looks at rows and hosts anew at each scrape, so that no process keeps counts of its own.

Labels are states, kinds, outcomes and models: nothing of a patient, nobody's name.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count, Q, Sum
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from clinic.audit.models import Entry
from clinic.consults import gauges
from clinic.consults.models import ConsultOutcome
from clinic.knowledge import actions as knowledge
from clinic.knowledge.models import PassageRow
from retrieval import generation
from retrieval.errors import RetrievalError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (5, 10, 20, 30, 60, 120, 300, 600, 1800)
"""Upper ends of the classes of a consult's duration."""

HOST_GAUGES = {
    "slots": "Samples that the host writes at once, at most.",
    "slots_busy": "Samples that it writes now.",
    "queue": "Requests that wait in the host.",
    "tokens_per_second": "Tokens drawn a second, over the last ten seconds.",
    "think_tokens_mean": "Tokens of thinking of a finished sample, on average.",
    "resident_bytes": "Memory of the host process.",
    "uptime_seconds": "Since this host process started.",
}
HOST_COUNTERS = {
    "requests": "Requests taken.",
    "refused": "Requests refused for want of room.",
    "cancelled": "Requests cancelled by their caller.",
    "late": "Requests ended at their deadline.",
    "tokens": "Tokens drawn.",
    "prompt_tokens": "Prompt tokens read.",
    "shared_tokens": "Prompt tokens copied from another sample of the same consult.",
    "think_tokens": "Tokens of thinking.",
}
"""Names of the host's `metrics` verb; counters begin at nought with each host process."""
FINISHES = {"stop": "by itself", "length": "at its allowance of tokens", "loop": "because it repeated itself"}
"""How a sample ends."""
QUANTILES = {
    "first_token_seconds": ("Time to the first token, of the last 256 requests.", {"0.5": "p50", "0.95": "p95"}),
    "between_tokens_seconds": ("Time between two tokens of a sample, of the last 4,096.", {"0.5": "p50", "0.99": "p99"}),
}


class House(Collector):
    """Everything of this installation."""

    def collect(self) -> Iterator[Metric]:
        yield from _consults()
        yield from _outcomes()
        yield from _hosts()
        yield CounterMetricFamily("consilium_log_entries", "Entries of the decision log.", value=Entry.objects.count())
        yield GaugeMetricFamily("consilium_passages_in_force", "Passages that the library holds.", value=_in_force())
        yield GaugeMetricFamily("consilium_index_passages", "Passages in the published index.", value=_indexed())


def exposition() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(House())
    return generate_latest(registry)


def _consults() -> Iterator[Metric]:
    found = gauges.house()
    oldest = found.pop("oldest_seconds")
    states = GaugeMetricFamily("consilium_consults", "Consults by state.", labels=["state"])
    for state, count in found.items():
        states.add_metric([state], count)
    yield states
    yield GaugeMetricFamily("consilium_oldest_waiting_seconds", "How long the oldest queued consult has waited.", value=oldest)


def _outcomes() -> Iterator[Metric]:
    """Durations as a histogram and outcomes as counters, both from the rows."""
    classes = {str(top): Count("pk", filter=Q(seconds__lte=top)) for top in SECONDS}
    row = ConsultOutcome.objects.aggregate(all=Count("pk"), total=Sum("seconds"), **{f"le_{top}": count for top, count in classes.items()})
    buckets = [(str(float(top)), float(row[f"le_{top}"])) for top in SECONDS]
    seconds = HistogramMetricFamily("consilium_consult_seconds", "From claim to outcome.")
    seconds.add_metric([], [*buckets, ("+Inf", float(row["all"]))], sum_value=row["total"] or 0.0)
    yield seconds
    outcomes = CounterMetricFamily("consilium_outcomes", "Outcomes given.", labels=["kind", "outcome"])
    counted = ConsultOutcome.objects.order_by().values_list("consult__kind", "conclusion__outcome").annotate(Count("pk"))
    for kind, outcome, count in counted:
        outcomes.add_metric([kind, str(outcome)], count)
    yield outcomes


def _hosts() -> Iterator[Metric]:
    said = gauges.model_hosts()
    up = GaugeMetricFamily("consilium_host_up", "1: the model host answers.", labels=["model"])
    again = CounterMetricFamily("consilium_host_restarts", "Times a host was started again.", labels=["model", "why"])
    for model, figures in said.items():
        up.add_metric([model], figures["up"])
        for why, name in (("crash", "crashes"), ("recycled", "recycled")):
            again.add_metric([model, why], figures.get(name, 0.0))
    yield up
    yield again
    for name, words in HOST_GAUGES.items():
        yield _filled(GaugeMetricFamily(f"consilium_host_{name}", words, labels=["model"]), name, said)
    for name, words in HOST_COUNTERS.items():
        yield _filled(CounterMetricFamily(f"consilium_host_{name}", words, labels=["model"]), f"{name}_total", said, 0.0)
    ends = f"Samples that ended: {', '.join(f'{finish} {why}' for finish, why in FINISHES.items())}."
    samples = CounterMetricFamily("consilium_host_samples", ends, labels=["model", "finish"])
    for model, figures in said.items():
        for finish in FINISHES if figures["up"] else ():
            samples.add_metric([model, finish], figures.get(f"finished_{finish}_total", 0.0))
    yield samples
    for name, (words, places) in QUANTILES.items():
        family = GaugeMetricFamily(f"consilium_host_{name}", words, labels=["model", "quantile"])
        for model, figures in said.items():
            for place, suffix in places.items():
                if f"{name}_{suffix}" in figures:
                    family.add_metric([model, place], figures[f"{name}_{suffix}"])
        yield family


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, name: str, said: dict[str, dict[str, float]], otherwise: float | None = None
) -> Metric:
    """The family with a value for each host that answers. `otherwise`: for what a host has not counted yet."""
    for model, figures in said.items():
        value = figures.get(name, otherwise if figures["up"] else None)
        if value is not None:
            family.add_metric([model], value)
    return family


def _in_force() -> int:
    return PassageRow.objects.filter(version__in=knowledge.due()).count()


def _indexed() -> int:
    """From the manifest alone: a scrape opens no index."""
    try:
        return generation.read_manifest(settings.INDEX / generation.current(settings.INDEX)).count
    except (RetrievalError, OSError, ValueError):
        return 0
