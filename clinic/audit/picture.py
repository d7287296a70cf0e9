"""The log as a picture: entries for each day (each hour, where a day is all there is), stacked by kind of act. Geometry only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDay, TruncHour

from clinic.audit.models import Entry

GROUPS: dict[str, tuple[str, ...]] = {
    "Sessions and refusals": ("session", "access"),
    "Patients": ("case",),
    "Disagreements and opinions": ("disagreement", "opinion", "questions"),
    "Consults": ("consult", "thinking"),
    "Decisions": ("decision",),
    "Library and models": ("source", "index", "drug", "model"),
    "Log and exports": ("log", "page"),
}
"""Label -> first words of the acts, from the bottom of a bar to its top. A new kind of act falls under Other."""

OTHER = "Other"
DAYS, MOST_DAYS, HOURS = 30, 92, 24
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1280, 180, 48, 4, 12, 26
"""Of the drawing, in its own units."""


@dataclass(frozen=True, slots=True)
class Box:
    """One part of a bar."""

    x: float
    y: float
    width: float
    height: float
    group: int
    """Place in the legend, from 0: its colour."""
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What the template draws. `rows` holds the same numbers for readers of a table: (period, count by legend entry, sum)."""

    boxes: tuple[Box, ...]
    ticks: tuple[Mark, ...]
    lines: tuple[Mark, ...]
    legend: tuple[tuple[int, str, int], ...]
    rows: tuple[tuple[str, tuple[int, ...], int], ...]
    hourly: bool
    entries: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM

    @property
    def unit(self) -> str:
        return "hour" if self.hourly else "day"


def picture(entries: QuerySet[Entry]) -> Picture | None:
    """The last days of these entries; None if there are none."""
    span = entries.aggregate(first=Min("at"), last=Max("at"))
    if span["last"] is None:
        return None
    hourly = span["last"] - span["first"] < timedelta(hours=HOURS)
    step = timedelta(hours=1) if hourly else timedelta(days=1)
    last = _floor(span["last"], hourly)
    most = HOURS if hourly else max(DAYS, min((last - _floor(span["first"], hourly)).days + 1, MOST_DAYS))
    starts = [last - step * n for n in range(most - 1, -1, -1)]
    counts = _counts(entries.filter(at__gte=starts[0]), hourly)
    return _draw(starts, counts, hourly)


def _counts(entries: QuerySet[Entry], hourly: bool) -> dict[datetime, Counter[str]]:
    trunc = (TruncHour if hourly else TruncDay)("at", tzinfo=UTC)
    found: dict[datetime, Counter[str]] = {}
    for start, act, count in entries.order_by().annotate(start=trunc).values_list("start", "act").annotate(count=Count("pk")):
        found.setdefault(start, Counter())[group_of(act)] += count
    return found


def group_of(act: str) -> str:
    first = act.partition(".")[0]
    return next((label for label, firsts in GROUPS.items() if first in firsts), OTHER)


def _draw(starts: list[datetime], counts: dict[datetime, Counter[str]], hourly: bool) -> Picture:
    present = [label for label in (*GROUPS, OTHER) if any(one[label] for one in counts.values())]
    places = {label: place for place, label in enumerate((*GROUPS, OTHER))}
    top = _round_up(max((one.total() for one in counts.values()), default=1))
    scale = (HEIGHT - TOP - BOTTOM) / top
    slot = (WIDTH - LEFT - RIGHT) / len(starts)
    boxes: list[Box] = []
    for n, start in enumerate(starts):
        y = float(HEIGHT - BOTTOM)
        for label in present:
            if count := counts.get(start, Counter())[label]:
                y -= count * scale
                words = f"{_period(start, hourly)}: {label}, {count}"
                boxes.append(
                    Box(
                        round(LEFT + n * slot + slot * 0.14, 1),
                        round(y, 1),
                        round(slot * 0.72, 1),
                        round(count * scale, 1),
                        places[label],
                        words,
                    )
                )
    every = 4 if hourly else max(1, round(len(starts) / 10))
    ticks = [
        Mark(round(LEFT + (n + 0.5) * slot, 1), _short(start, hourly))
        for n, start in enumerate(starts)
        if (len(starts) - 1 - n) % every == 0
    ]
    lines = [Mark(round(HEIGHT - BOTTOM - top * part * scale, 1), f"{top * part:g}") for part in (0, 0.5, 1) if (top * part) % 1 == 0]
    legend = tuple((places[label], label, sum(one[label] for one in counts.values())) for label in present)
    rows = tuple(
        (_period(start, hourly), tuple(counts[start][label] for label in present), counts[start].total())
        for start in starts[::-1]
        if start in counts
    )
    return Picture(tuple(boxes), tuple(ticks), tuple(lines), legend, rows, hourly, sum(row[2] for row in rows))


def _round_up(most: int) -> int:
    """The next round number, so that the axis reads well."""
    size = 1
    while True:
        for step in (1, 2, 4, 6, 8):
            if most <= step * size:
                return step * size
        size *= 10


def _floor(at: datetime, hourly: bool) -> datetime:
    at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return at if hourly else at.replace(hour=0)


def _period(start: datetime, hourly: bool) -> str:
    return f"{start:%Y-%m-%d %H}:00" if hourly else f"{start:%Y-%m-%d}"


def _short(start: datetime, hourly: bool) -> str:
    return f"{start:%H}:00" if hourly else f"{start.day} {start:%b}"
