"""The table of plots for administrators, and how each is made from the Samples of the time shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from django.utils import timezone

from clinic.consults.curves import Drawing, Fold, Point, draw
from clinic.consults.models import Sample

SPANS = {"hour": timedelta(hours=1), "day": timedelta(hours=24)}
EVERY = {"hour": "10s", "day": "60s"}
"""How often the page asks again."""


def whole(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def bytes_(value: float) -> str:
    return f"{value / 1e9:.1f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"


def last(values: Sequence[float]) -> float:
    return values[-1]


@dataclass(frozen=True, slots=True)
class Plot:
    """A line of the table. `figures`: label -> name of the figure; `of_hosts`: each host has its own. `counted`: the figure only grows,
    and what is drawn is by how much. `whole`: there is no half of one."""

    title: str
    about: str
    figures: dict[str, str]
    of_hosts: bool = True
    fold: Fold = max
    words: Callable[[float], str] = whole
    counted: bool = False
    whole: bool = False


PLOTS: dict[str, Plot] = {
    "queue": Plot("Consults", "waiting and running, at most in each step", {"waiting": "queued", "running": "running"}, of_hosts=False, whole=True),
    "slots": Plot("Slots", "samples written at once, and places for them", {"busy": "slots_busy", "places": "slots"}, whole=True),
    "tokens": Plot("Tokens a second", "all samples together, averaged in each step", {"tokens a second": "tokens_per_second"}, fold=fmean),
    "first": Plot(
        "Time to the first token", "of the last 256 requests", {"median": "first_token_seconds_p50", "95 of 100": "first_token_seconds_p95"},
        fold=last, words=seconds,
    ),
    "between": Plot("Between two tokens", "99 of 100 of the last 4,096 came within", {"99 of 100": "between_tokens_seconds_p99"}, fold=last, words=seconds),
    "think": Plot("Length of thinking", "tokens of a finished sample, average since the host started", {"tokens": "think_tokens_mean"}, fold=last),
    "cancelled": Plot("Cancelled consults", "in each step", {"cancelled": "cancelled"}, of_hosts=False, fold=sum, counted=True, whole=True),
    "restarts": Plot("Hosts started again", "in each step", {"ended by itself": "crashes", "on purpose": "recycled"}, fold=sum, counted=True, whole=True),
    "memory": Plot("Memory of the host", "resident", {"memory": "resident_bytes"}, words=bytes_),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plot with its drawing."""

    key: str
    plot: Plot
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Look:
    """All plots of a span. `samples`: rows of the house in it."""

    drawn: tuple[Drawn, ...]
    samples: int
    newest: datetime | None


def look(span: timedelta) -> Look:
    until = timezone.now()
    since = until - span
    rows = list(Sample.objects.filter(at__gte=since, at__lte=until).order_by("at").values_list("at", "host", "figures"))
    house = [(at, figures) for at, host, figures in rows if not host]
    hosts: dict[str, list[tuple[datetime, dict[str, float]]]] = {}
    for at, host, figures in rows:
        if host:
            hosts.setdefault(host, []).append((at, figures))
    drawn = []
    for key, plot in PLOTS.items():
        series = _series(plot, hosts) if plot.of_hosts else _of(plot, house)
        drawing = draw(series, since, until, plot.fold, plot.words, timezone.get_current_timezone(), plot.counted, plot.whole)
        drawn.append(Drawn(key, plot, drawing))
    return Look(tuple(drawn), len(house), house[-1][0] if house else None)


def _series(plot: Plot, hosts: dict[str, list[tuple[datetime, dict[str, float]]]]) -> dict[str, list[Point]]:
    """A model's name stands in the label only where there are several."""
    if len(hosts) == 1:
        return _of(plot, next(iter(hosts.values())))
    return {f"{model}, {label}": points for model, rows in hosts.items() for label, points in _of(plot, rows).items()}


def _of(plot: Plot, rows: list[tuple[datetime, dict[str, float]]]) -> dict[str, list[Point]]:
    found = {label: [(at, float(figures[name])) for at, figures in rows if name in figures] for label, name in plot.figures.items()}
    return {label: grown(points) for label, points in found.items()} if plot.counted else found


def grown(points: list[Point]) -> list[Point]:
    """By how much a count has grown since the point before; one that has begun anew counts from nought."""
    pairs = zip(points, points[1:], strict=False)
    return [(at, value - before if value >= before else value) for (_, before), (at, value) in pairs]
