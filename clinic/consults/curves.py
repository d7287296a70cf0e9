"""A time series as a drawing: geometry for the template. Pure.

Values are folded into equal slices of the time shown; a slice without a value breaks the line, so that a gap is seen as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from clinic.axes import Frame, Mark, ceiling

FRAME = Frame(width=440, height=170, left=46, right=430, top=12, floor=144)
SLICES = 120
TABLE_ROWS = 12
LATE = timedelta(seconds=60)
"""An older value is not shown as the one of now."""

Point = tuple[datetime, float]
Fold = Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line. `paths`: its unbroken pieces as SVG path data; `dots`: values that stand alone."""

    label: str
    place: int
    """In the legend, from 0: its colour and its dashes."""
    paths: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    now: str
    """The newest value; of counts, their sum."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the template draws, and the same as a table: (time, value of each curve), the newest first."""

    curves: tuple[Curve, ...]
    ticks: tuple[Mark, ...]
    lines: tuple[Mark, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    frame: Frame = FRAME

    @property
    def empty(self) -> bool:
        return not any(curve.paths or curve.dots for curve in self.curves)


def draw(
    series: dict[str, list[Point]], since: datetime, until: datetime, fold: Fold, words: Callable[[float], str], zone: tzinfo,
    counts: bool = False, whole: bool = False,
) -> Drawing:  # fmt: skip
    """Curves of `series` (label -> points in order of time) between two moments. `words`: a value with its unit, short. `counts`: values
    are how many there were since the point before. `whole`: values are whole numbers of something."""
    step = (until - since) / SLICES
    folded = {label: _folded(points, since, step, fold) for label, points in series.items()}
    top = ceiling(max((value for slices in folded.values() for value in slices.values()), default=0.0))
    curves = tuple(
        Curve(label, place, *_pieces(folded[label], top), _sum(points, words) if counts else _now(points, until, words))
        for place, (label, points) in enumerate(series.items())
    )
    return Drawing(curves, tuple(_clock(since, until, zone)), FRAME.lines(top, words, whole), _rows(folded, since, step, fold, words, zone))


def _folded(points: list[Point], since: datetime, step: timedelta, fold: Fold) -> dict[int, float]:
    slices: dict[int, list[float]] = {}
    for at, value in points:
        place = int((at - since) / step)
        if 0 <= place <= SLICES:
            slices.setdefault(min(place, SLICES - 1), []).append(value)
    return {place: fold(values) for place, values in sorted(slices.items())}


def _pieces(slices: dict[int, float], top: float) -> tuple[tuple[str, ...], tuple[tuple[float, float], ...]]:
    runs: list[list[tuple[float, float]]] = []
    last = -9
    for place, value in slices.items():
        if place - last > 2:  # one slice may fall between two samples
            runs.append([])
        runs[-1].append((FRAME.x((place + 0.5) / SLICES), FRAME.y(value, top)))
        last = place
    paths = tuple("M" + "L".join(f"{x:g} {y:g}" for x, y in run) for run in runs if len(run) > 1)
    return paths, tuple(run[0] for run in runs if len(run) == 1)


def _now(points: list[Point], until: datetime, words: Callable[[float], str]) -> str:
    return words(points[-1][1]) if points and until - points[-1][0] < LATE else "–"


def _sum(points: list[Point], words: Callable[[float], str]) -> str:
    return words(sum(value for _, value in points)) if points else "–"


def _clock(since: datetime, until: datetime, zone: tzinfo) -> list[Mark]:
    """Round times of the clock: every ten minutes of an hour, every four hours of a day."""
    every = timedelta(minutes=10) if until - since <= timedelta(hours=2) else timedelta(hours=4)
    at = since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    at -= timedelta(hours=at.hour) if every > timedelta(hours=1) else timedelta()
    marks = []
    while at <= until:
        place = (at - since) / (until - since)
        if 0.03 < place < 0.97:
            marks.append(Mark(FRAME.x(place), f"{at:%H:%M}"))
        at += every
    return marks


def _rows(
    folded: dict[str, dict[int, float]], since: datetime, step: timedelta, fold: Fold, words: Callable[[float], str], zone: tzinfo
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Twelve rows: a table of all slices would be read by nobody."""
    size = SLICES // TABLE_ROWS
    rows = []
    for first in range(SLICES - size, -1, -size):
        cells = []
        for slices in folded.values():
            values = [value for place, value in slices.items() if first <= place < first + size]
            cells.append(words(fold(values)) if values else "–")
        if any(cell != "–" for cell in cells):
            rows.append((f"{(since + first * step).astimezone(zone):%H:%M} to {(since + (first + size) * step).astimezone(zone):%H:%M}", tuple(cells)))
    return tuple(rows)
