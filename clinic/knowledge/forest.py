"""Efficacy records as forest plots: geometry for the template to draw. Pure.

Ratios stand on a logarithmic scale around 1, differences on a linear one around 0. Left and right say `lower` and `higher`, not
better and worse: which of them is better depends on the outcome, and a record's `favours` says it (shape and colour of the box).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.types import Efficacy

RATIOS = {"HR": "hazard ratio", "RR": "risk ratio", "OR": "odds ratio", "TR": "time ratio", "IRR": "rate ratio"}
DIFFERENCES = {"RD": "risk difference, percentage points", "MD": "mean difference", "SMD": "standardised mean difference"}
WIDTH, LEFT, RIGHT, ROW, HEAD, FOOT = 880, 330, 702, 46, 26, 44
"""Of a drawing: words to the left of LEFT, the scale up to RIGHT, figures beyond."""
LETTERS = 46
"""Characters that fit into a line of words."""
RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
BETWEEN = (0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5)
"""Further ticks of a narrow ratio scale."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record: its place, its box and whiskers on the scale, its words. `low`, `high` are None where no interval was reported."""

    y: float
    x: float
    low: float | None
    high: float | None
    cut_low: bool
    cut_high: bool
    box: float
    favours: str
    outcome: str
    against: str
    figure: str
    trial: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of the scale."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Records that share a scale. `title` is the indication, `measures` the scale in words."""

    title: str
    measures: str
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    none: float
    """Where there is no effect."""
    height: float
    ratio: bool
    summary: str
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT
    top: int = HEAD

    @property
    def floor(self) -> float:
        return self.height - FOOT


def plots(records: Sequence[Efficacy]) -> tuple[Plot, ...]:
    """A plot for each indication and scale, in the order of the records. Mean differences of different outcomes are not put on one scale."""
    groups: dict[tuple[str, ...], list[Efficacy]] = {}
    for one in records:
        groups.setdefault(_scale(one), []).append(one)
    return tuple(_plot(group) for group in groups.values())


def interval(one: Efficacy) -> str:
    """`0.79 (0.66 to 0.95)`, all with as many decimals as the longest has; a minus is a minus sign."""
    values = (one.effect, *(one.ci or ()))
    decimals = max(len(f"{value:g}".partition(".")[2]) for value in values)
    effect, *ends = (f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in values)
    return f"{effect} ({' to '.join(ends)})" if ends else effect


def measure(one: Efficacy) -> str:
    """In words."""
    name = one.measure.upper()
    return RATIOS.get(name) or DIFFERENCES.get(name) or one.measure


def _is_ratio(one: Efficacy) -> bool:
    return one.measure.upper() in RATIOS and one.effect > 0 and (one.ci is None or one.ci[0] > 0)


def _scale(one: Efficacy) -> tuple[str, ...]:
    if _is_ratio(one):
        return one.indication, "ratio"
    return (one.indication, one.measure, one.outcome if one.measure.upper() == "MD" else "")


def _plot(group: list[Efficacy]) -> Plot:
    ratio = _is_ratio(group[0])
    low, high, ticks = _ratio_scale(group) if ratio else _linear_scale(group)
    place = math.log if ratio else float

    def x(value: float) -> float:
        share = (place(value) - place(low)) / (place(high) - place(low))
        return round(LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT), 1)

    most = max((one.n or 0 for one in group), default=0)
    lines = tuple(_line(one, n, x, low, high, most) for n, one in enumerate(group))
    measures = ", ".join(dict.fromkeys(measure(one) for one in group))
    marks = tuple(Tick(x(value), f"{value:g}".replace("-", "\N{MINUS SIGN}")) for value in ticks)
    none = x(1.0 if ratio else 0.0)
    summary = "; ".join(f"{one.outcome}, against {one.comparator}: {one.measure} {interval(one)}" for one in group)
    return Plot(group[0].indication, measures, lines, marks, none, HEAD + ROW * len(group) + FOOT, ratio, summary)


def _line(one: Efficacy, n: int, x: object, low: float, high: float, most: int) -> Line:
    assert callable(x)
    ends = one.ci or (None, None)
    size = 6 + 8 * math.sqrt((one.n or 0) / most) if most else 8
    return Line(
        y=HEAD + ROW * n + ROW / 2,
        x=x(one.effect),
        low=None if ends[0] is None else x(ends[0]),
        high=None if ends[1] is None else x(ends[1]),
        cut_low=ends[0] is not None and ends[0] < low * (1 - 1e-9) - (0 if low > 0 else 1e-9),
        cut_high=ends[1] is not None and ends[1] > high,
        box=round(size, 1),
        favours=one.favours,
        outcome=_short(one.outcome[:1].upper() + one.outcome[1:]),
        against=_short(f"against {one.comparator}"),
        figure=interval(one),
        trial=f"{one.trial} {one.year}",
    )


def _short(words: str) -> str:
    return words if len(words) <= LETTERS else words[: LETTERS - 1].rstrip(" ,;(") + "…"


def _values(group: list[Efficacy]) -> list[float]:
    return [value for one in group for value in (one.effect, *(one.ci or ()))]


def _ratio_scale(group: list[Efficacy]) -> tuple[float, float, list[float]]:
    """From tick to tick, no effect always on it, at most 100-fold to either side."""
    least, most = max(0.01, min(*_values(group), 0.8)), min(100.0, max(*_values(group), 1.25))
    inner = [tick for tick in (*RATIO_TICKS, *BETWEEN) if least <= tick <= most]
    low = max((tick for tick in (*RATIO_TICKS, *BETWEEN) if tick <= least), default=least)
    high = min((tick for tick in (*RATIO_TICKS, *BETWEEN) if tick >= most), default=most)
    ticks = sorted({low, high, 1.0, *inner})
    return low, high, _spaced(ticks, [math.log(tick) for tick in ticks], keep=1.0)


def _linear_scale(group: list[Efficacy]) -> tuple[float, float, list[float]]:
    least, most = min(*_values(group), 0.0), max(*_values(group), 0.0)
    span = (most - least) or 1.0
    power = 10 ** math.floor(math.log10(span / 4))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if span / (size * power) <= 6)
    first, last = math.floor(least / step - 1e-9), math.ceil(most / step + 1e-9)
    return first * step, last * step, [round(n * step, 10) for n in range(first, last + 1)]


def _spaced(ticks: list[float], places: list[float], keep: float) -> list[float]:
    """Leaves out labels that would touch: the one kept first, then from the ends inwards."""
    room = (places[-1] - places[0]) / (RIGHT - LEFT) * 28
    chosen: dict[float, float] = {}
    order = sorted(
        zip(ticks, places, strict=True), key=lambda pair: (pair[0] != keep, pair[0] not in (ticks[0], ticks[-1]), pair[0] in BETWEEN)
    )
    for tick, place in order:
        if all(abs(place - other) >= room for other in chosen.values()):
            chosen[tick] = place
    return sorted(chosen)
