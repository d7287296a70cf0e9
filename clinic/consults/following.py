"""The event stream of one consult: what changed on the page since a row, rendered, until the consult has ended.

Rows are the truth and Redis only wakes us; a reader that comes back with Last-Event-ID goes on where it left. Each message replaces
or extends named slots of the page, so that a message seen twice does no harm.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.template.loader import render_to_string

from clinic.consults.models import Consult, ConsultEvent
from clinic.consults.progress import Progress, read
from clinic.consults.stream import Listener

SLOTS: dict[str, tuple[str, ...]] = {
    "stage": ("stages", "panel"),
    "cautions": ("cautions",),
    "evidence": ("evidence",),
    "run": ("panel",),
    "progress": ("panel",),
    "claim": ("claims",),
}
"""Which slots of the page an event touches; `consults/_<slot>.html` draws each. Other types touch none."""

EVERY = ("status", "stages", "cautions", "evidence", "panel", "claims")
POLL_SECONDS = 1.0
QUIET_SECONDS = 15.0
LONGEST_SECONDS = 600.0
"""Then the browser is let go and comes back by itself; rights are asked again."""


@dataclass(slots=True)
class Seen:
    """What this reader has been told."""

    after: int
    fence: int | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """Lines to send, and whether that was all."""

    lines: tuple[str, ...]
    ended: bool


async def follow(consult_id: UUID, after: int) -> AsyncIterator[str]:
    """Server-sent events: `progress` with slots, `restart` when the consult was taken up again, `done` at the end."""
    seen = Seen(after)
    begun = quiet = time.monotonic()
    async with Listener(consult_id) as listener:
        while True:
            news = await sync_to_async(look)(consult_id, seen)
            for line in news.lines:
                yield line
            now = time.monotonic()
            if news.ended or now - begun > LONGEST_SECONDS:
                return
            if news.lines:
                quiet = now
            elif now - quiet > QUIET_SECONDS:
                quiet = now
                yield ": still here\n\n"
            await listener.wait(POLL_SECONDS)


def look(consult_id: UUID, seen: Seen) -> News:
    """One look at the rows. The state is read before the rows, so that `done` never overtakes an event."""
    consult = Consult.objects.get(pk=consult_id)
    if seen.fence is None and seen.after:
        seen.fence = ConsultEvent.objects.filter(pk=seen.after, consult=consult).values_list("fence", flat=True).first()
    rows = list(
        ConsultEvent.objects.filter(consult=consult, fence=consult.fence, id__gt=seen.after).values_list("id", "type").order_by("id")
    )
    lines = list(_lines(consult, seen, rows))
    seen.fence, seen.state = consult.fence, consult.state
    seen.after = rows[-1][0] if rows else seen.after
    if not connection.in_atomic_block:
        connection.close()  # a reader may stay for minutes; a connection may not
    return News(tuple(lines), consult.ended)


def _lines(consult: Consult, seen: Seen, rows: list[tuple[int, str]]) -> list[str]:
    restarted = seen.fence is not None and consult.fence != seen.fence and consult.fence > 1
    slots = {slot for _, kind in rows for slot in SLOTS.get(kind, ())}
    if consult.state != seen.state:
        slots |= {"status", "stages"}
    if restarted:
        slots = set(EVERY)
    lines: list[str] = []
    if slots:
        progress = read(consult)
        name = "restart" if restarted else "progress"
        lines.append(message(name, _body(progress, slots), rows[-1][0] if rows else None))
    if consult.ended:
        lines.append(message("done", {"state": consult.state, "say": f"The consult has ended: {consult.get_state_display()}."}))
    return lines


def _body(progress: Progress, slots: set[str]) -> dict[str, Any]:
    drawn = {slot: draw(slot, progress) for slot in EVERY if slot in slots}
    return {"fence": progress.fence, "state": progress.consult.state, "percent": progress.percent, "say": progress.say, "slots": drawn}


def draw(slot: str, progress: Progress) -> str:
    return render_to_string(f"consults/_{slot}.html", {"progress": progress}).strip()


def message(name: str, body: dict[str, Any], event_id: int | None = None) -> str:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"
