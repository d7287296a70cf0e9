"""What can be counted now: consults from their rows, model hosts by asking them. No text, no names of people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db.models import Count, Min
from django.utils import timezone

from clinic import wiring
from clinic.consults import hosts, routing
from clinic.consults.models import Consult, State

PATIENCE_S = 2.0
"""A host that does not answer in this time is left out."""
_asking = ThreadPoolExecutor(max_workers=4, thread_name_prefix="gauge")


def house() -> dict[str, float]:
    """Consults by state, and seconds that the oldest has waited."""
    found = dict(Consult.objects.order_by().values_list("state").annotate(Count("pk")))
    oldest = Consult.objects.filter(state=State.QUEUED).aggregate(at=Min("requested_at"))["at"]
    waited = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    return {**{str(state): float(found.get(state, 0)) for state in State.values}, "oldest_seconds": waited}


def model_hosts() -> dict[str, dict[str, float]]:
    """What each host in use says of itself, with how often its keeper started it again; `up` 0 and nothing more where it is silent."""
    kept = {host.model: host for host in hosts.kept()}
    asked = {model: _asking.submit(_ask, model) for model in routing.in_use()}
    found: dict[str, dict[str, float]] = {}
    for model, answer in asked.items():
        try:
            said = answer.result(timeout=PATIENCE_S)
        except Exception:  # silence, or whatever the library of the other side raises
            answer.cancel()
            said = {}
        row = kept.get(model)
        again = {"crashes": float(row.crashes), "recycled": float(row.recycled)} if row else {}
        found[model] = {"up": float(bool(said)), **said, **again}
    return found


def _ask(model: str) -> dict[str, float]:
    engine = wiring.engine(model)
    metrics = getattr(engine, "metrics", None)
    return {**metrics()} if metrics and engine.ready() else {}
