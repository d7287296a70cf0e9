"""Drives one consult: claims it, runs its kind, stores each event, commits the outcome under the fence."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any
from uuid import UUID

from django.conf import settings

from clinic import wiring
from clinic.consults import actions, routing
from clinic.consults.lease import Lease, LeaseLost, claim, holder
from clinic.consults.models import Consult, ConsultEvent
from clinic.consults.stream import hint
from clinic.reasoning.arbitration import plain
from clinic.reasoning.events import Concluded, Event, StageEntered
from clinic.reasoning.kinds import KINDS
from clinic.reasoning.tools import Tools
from inference.types import Chunk, Engine, Identity, Request, Segment

log = logging.getLogger(__name__)

SPARED = {
    "host_busy": math.inf, "backend_busy": math.inf,
    "host_absent": 20, "backend_absent": 20,
    "host_gone": 1, "backend_unreachable": 1,
    actions.SourceEnded.code: math.inf,
}  # fmt: skip
"""What is not a consult's own fault, and for how many times its allowed attempts it is believed: a host or server without room, one that
is being started, one that died under all that it was writing (promises.md, section 12), a source that ended meanwhile. After that the
consult itself is suspected."""


class Watched:
    """An engine that renews the lease as its tokens come: a consult that stands still loses its lease, one that works keeps it."""

    def __init__(self, engine: Engine, lease: Lease) -> None:
        self._engine, self._lease = engine, lease

    def identity(self) -> Identity:
        return self._engine.identity()

    def count(self, segments: tuple[Segment, ...]) -> int:
        return self._engine.count(segments)

    def ready(self) -> bool:
        return self._engine.ready()

    def generate(self, request: Request) -> Iterator[Chunk]:
        for chunk in self._engine.generate(request):
            self._lease.renew()
            yield chunk


def work(consult_id: UUID) -> str:
    """Runs the consult if it is free. Returns how it went, for the log of operations."""
    lease = claim(consult_id, holder())
    if lease is None:
        return "not free"
    started = time.monotonic()
    try:
        consult = Consult.objects.get(pk=consult_id)
        kind = KINDS[consult.kind]
        model, effort = routing.asked(consult)
        tools = wiring.tools(use=Watched(wiring.engine(model), lease), effort=effort)
        conclusion = None
        for event in kind.run(kind.brief.model_validate(consult.brief), tools):
            store(lease, event)
            if isinstance(event, Concluded):
                conclusion = event.conclusion
        if conclusion is None:
            raise RuntimeError(f"the kind {consult.kind} ended without a conclusion")
        actions.finish(lease, conclusion, versions(tools, consult), time.monotonic() - started)
    except LeaseLost as error:
        log.info("%s", error)
        return "lease lost"
    except Exception as error:
        log.exception("consult %s, attempt under fence %s failed", consult_id, lease.fence)
        counts = lease.fence > spared(getattr(error, "code", ""))
        state = actions.fail(lease, _sentence(error), retryable=getattr(error, "retryable", True), counts=counts)
        return f"failed: {state}"
    return "done"


def spared(code: str) -> float:
    """Claims up to which this fault does not count as an attempt."""
    return SPARED.get(code, 0) * settings.ATTEMPTS


def store(lease: Lease, event: Event) -> None:
    """Writes an event as a row and tells the followers. Renews the lease: an event is progress."""
    lease.renew(force=isinstance(event, StageEntered))
    ConsultEvent.objects.create(consult_id=lease.consult_id, fence=lease.fence, type=event.type, body=event.model_dump(mode="json"))
    if isinstance(event, StageEntered):
        Consult.objects.filter(lease.mine()).update(stage=event.stage)
    hint(lease.consult_id)


def versions(tools: Tools, consult: Consult) -> dict[str, Any]:
    """Everything a replay needs to say whether it is the same."""
    identity = tools.engine.identity()
    return {
        "model": identity.model,
        "model_digest": identity.digest,
        "engine": identity.engine,
        "template": identity.template,
        "dialect": identity.dialect,
        "demonstration": identity.demonstration,
        "index": tools.index_digest,
        "formulary": tools.formulary.digest,
        "effort": tools.effort,
        "seed": consult.brief.get("seed"),
        "prompt": tools.dialect.VERSION if identity.dialect == "symbols" and tools.dialect else plain.VERSION,
        "code": version("consilium"),
    }


def _sentence(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if len(text) < 500 else text[:499] + "…"
