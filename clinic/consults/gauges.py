"""What can be counted now: consults from their rows, model hosts by asking them. No text, no names of people."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

from django.db.models import Count, Min
from django.utils import timezone

from clinic import wiring
from clinic.consults import hosts, routing
from clinic.consults.models import Consult, State

PATIENCE_S = 2.0
"""Hosts that do not answer in this time, all together, are left out."""
_asking = ThreadPoolExecutor(max_workers=16, thread_name_prefix="gauge")
_asked: dict[str, Future[dict[str, float]]] = {}
"""Who hangs is not asked again while the last question stands: else the threads would all wait for that one host."""


def house() -> dict[str, float]:
    """Consults by state, and seconds that the oldest has waited."""
    found = dict(Consult.objects.order_by().values_list("state").annotate(Count("pk")))
    oldest = Consult.objects.filter(state=State.QUEUED).aggregate(at=Min("requested_at"))["at"]
    waited = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    return {**{str(state): float(found.get(state, 0)) for state in State.values}, "oldest_seconds": waited}


def model_hosts() -> dict[str, dict[str, float]]:
    """What each host in use says of itself, with how often its keeper started it again; `up` 0 and nothing more where it is silent."""
    kept = {host.model: host for host in hosts.kept()}
    until, models = time.monotonic() + PATIENCE_S, routing.in_use()
    for model in models:
        if model not in _asked or _asked[model].done():
            _asked[model] = _asking.submit(_ask, model)
    found: dict[str, dict[str, float]] = {}
    for model in models:
        try:
            said = _asked[model].result(timeout=max(0.0, until - time.monotonic()))
        except Exception:  # silence, or whatever the library of the other side raises
            said = {}
        row = kept.get(model)
        again = {"crashes": float(row.crashes), "recycled": float(row.recycled)} if row else {}
        found[model] = {"up": float(bool(said)), **said, **again}
    return found


def _ask(model: str) -> dict[str, float]:
    engine = wiring.engine(model)
    metrics = getattr(engine, "metrics", None)
    return {**metrics()} if metrics and engine.ready() else {}
