"""The log as a picture: entries for each day (each hour, where a day is all there is), stacked by kind of act. Geometry only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDay, TruncHour

from clinic.audit.models import Entry
from clinic.axes import Frame, Mark, ceiling

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
FRAME = Frame(width=1280, height=180, left=48, right=1276, top=12, floor=154)


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
class Picture:
    """What the template draws. `rows` holds the same numbers for readers of a table: (period, count by legend entry, sum)."""

    boxes: tuple[Box, ...]
    ticks: tuple[Mark, ...]
    lines: tuple[Mark, ...]
    legend: tuple[tuple[int, str, int], ...]
    rows: tuple[tuple[str, tuple[int, ...], int], ...]
    hourly: bool
    entries: int
    frame: Frame = FRAME

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
    top = ceiling(max((one.total() for one in counts.values()), default=1))
    slot = (FRAME.right - FRAME.left) / len(starts)
    boxes: list[Box] = []
    for n, start in enumerate(starts):
        left, stacked = round(FRAME.left + (n + 0.14) * slot, 1), 0
        for label in present:
            if count := counts.get(start, Counter())[label]:
                floor, stacked = FRAME.y(stacked, top), stacked + count
                words = f"{_period(start, hourly)}: {label}, {count}"
                y = FRAME.y(stacked, top)
                boxes.append(Box(left, y, round(slot * 0.72, 1), round(floor - y, 1), places[label], words))
    every = 4 if hourly else max(1, round(len(starts) / 10))
    ticks = [
        Mark(FRAME.x((n + 0.5) / len(starts)), _short(start, hourly)) for n, start in enumerate(starts) if (len(starts) - 1 - n) % every == 0
    ]
    lines = FRAME.lines(top, lambda value: f"{value:g}", whole=True)
    legend = tuple((places[label], label, sum(one[label] for one in counts.values())) for label in present)
    rows = tuple(
        (_period(start, hourly), tuple(counts[start][label] for label in present), counts[start].total())
        for start in starts[::-1]
        if start in counts
    )
    return Picture(tuple(boxes), tuple(ticks), lines, legend, rows, hourly, sum(row[2] for row in rows))


def _floor(at: datetime, hourly: bool) -> datetime:
    at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return at if hourly else at.replace(hour=0)


def _period(start: datetime, hourly: bool) -> str:
    return f"{start:%Y-%m-%d %H}:00" if hourly else f"{start:%Y-%m-%d}"


def _short(start: datetime, hourly: bool) -> str:
    return f"{start:%H}:00" if hourly else f"{start.day} {start:%b}"
