"""The state of the parts a consult needs: engine, library, Formulary, broker, worker, queue. Each look ends within seconds, whatever hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.timesince import timesince

from clinic import wiring
from clinic.celery import app
from clinic.consults import hosts, routing
from clinic.consults.models import Consult, Host, State
from clinic.consults.performance import bytes_, whole
from clinic.knowledge import actions as knowledge
from clinic.knowledge.models import PassageRow, Source
from inference.types import Identity
from retrieval import generation
from retrieval.errors import RetrievalError

HOST_FACTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "uptime_seconds": ("Runs for", lambda value: timesince(timezone.now() - timedelta(seconds=value))),
    "resident_bytes": ("Memory", bytes_),
    "slots_busy": ("Samples now", whole),
    "queue": ("Requests waiting", whole),
    "requests_total": ("Requests so far", whole),
    "tokens_total": ("Tokens so far", whole),
}
"""Figure of a host -> its words and how it is said; all of them, over time, stand on the performance page."""
PATIENCE = 3.0
"""Seconds for all looks at other processes together."""
_looks = ThreadPoolExecutor(max_workers=6, thread_name_prefix="look")
_pending: dict[str, Any] = {}
_pending_lock = Lock()


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. `todo`: what to do about it, if it is not well."""

    name: str
    well: bool
    says: str
    todo: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """Consults by state, and how long the oldest has waited."""

    counts: tuple[tuple[str, str, int], ...]
    """(state, its words, how many)."""
    waiting_since: datetime | None
    lapsed: int
    """Running, but no worker renews the lease."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Index, sources and Formulary. `behind`: passages in force that the index does not have, or the reverse."""

    index: Look
    digest: str
    embedder: str
    passages: int
    in_force: int
    sources: int
    formulary: str
    drugs: int
    terms: int

    @property
    def behind(self) -> int:
        return self.in_force - self.passages


def processes() -> tuple[Look, ...]:
    """Model hosts, broker and worker, looked at side by side."""
    models, kept = routing.in_use(), {host.model: host for host in hosts.kept()}
    names = {model: _engine_name(model if len(models) > 1 else "") for model in models}
    looks: dict[str, tuple[str, Callable[[], Look]]] = {
        **{f"engine:{model}": (name, partial(_engine, name, model, kept.get(model))) for model, name in names.items()},
        "broker": ("Redis", _broker),
        "worker": ("Worker", _worker),
    }
    return _side_by_side(looks)


def _side_by_side(looks: Mapping[str, tuple[str, Callable[[], Look]]], patience: float = PATIENCE) -> tuple[Look, ...]:
    """A look that is still stuck from last time is not started again: threads do not pile up behind a process that hangs."""
    until = time.monotonic() + patience
    for key, (_, look) in looks.items():
        with _pending_lock:
            if key not in _pending or _pending[key].done():
                _pending[key] = _looks.submit(look)
    return tuple(_await(key, name, until) for key, (name, _) in looks.items())


def _await(key: str, name: str, until: float) -> Look:
    try:
        found: Look = _pending[key].result(timeout=max(0.0, until - time.monotonic()))
        return found
    except TimeoutError:
        return Look(
            name,
            False,
            f"No answer within {PATIENCE:g} seconds.",
            "It may be busy starting, or hang. Look again in a minute; then restart it.",
        )
    except Exception as error:  # whatever the library of the other side raises
        return Look(name, False, str(error) or type(error).__name__, "Look into its own log.")


def _engine_name(model: str) -> str:
    return ("Model server" if settings.ENGINE_URL else "Model host") + (f": {model}" if model else "")


def _engine(name: str, model: str, kept: Host | None) -> Look:
    engine = wiring.engine(model)
    if not engine.ready():
        todo = "Start the model host (make run does), or set CONSILIUM_ENGINE. Consults wait in the queue until then."
        return Look(name, False, kept.says if kept and kept.says else "Not reachable, or not ready.", todo)
    identity: Identity = engine.identity()
    metrics: dict[str, float] = getattr(engine, "metrics", dict)()
    facts = [("Model", identity.model), ("Weights", identity.digest), ("Engine", identity.engine), ("Template", identity.template)]
    facts += [("Context", f"{identity.context} tokens"), ("Prompts", identity.dialect)]
    facts += [("Started again", f"{kept.crashes} after a crash, {kept.recycled} on purpose")] if kept else []
    facts += [(words, said(metrics[key])) for key, (words, said) in HOST_FACTS.items() if key in metrics]
    return Look(name, True, "Ready: it still writes its fingerprint.", facts=tuple(facts))


def _broker() -> Look:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        started = time.perf_counter()
        client.ping()
        took = time.perf_counter() - started
        info: dict[str, Any] = client.info()
        waiting = int(client.llen("arbitration"))
    except (redis.RedisError, OSError) as error:
        todo = "Start Redis. Nothing is lost meanwhile: jobs are rows, and the sweeper runs them, only slower."
        return Look("Redis", False, f"Not reachable: {error}", todo)
    finally:
        client.close()
    facts = (
        ("Version", str(info.get("redis_version", "?"))),
        ("Memory", str(info.get("used_memory_human", "?"))),
        ("Answer", f"{took * 1000:.1f} ms"),
        ("Ids waiting", str(waiting)),
    )
    return Look("Redis", True, "Answers.", facts=facts)


def _worker() -> Look:
    todo = "Start the worker (make run does). Requests are kept and run as soon as one is there."
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()  # kombu would try again and again
        answers = app.control.ping(timeout=1.0)
    except (redis.RedisError, OSError):
        return Look("Worker", False, "Cannot be asked while Redis is away.", todo)
    except Exception as error:  # kombu raises what its transport raises
        return Look("Worker", False, f"Cannot be asked without the broker: {error}", todo)
    names = sorted(name for answer in answers for name in answer)
    if not names:
        return Look("Worker", False, "No worker answers.", todo)
    return Look("Worker", True, "One answers." if len(names) == 1 else f"{len(names)} answer.", facts=tuple(("Name", name) for name in names))


def queue() -> Queue:
    """From the rows, which are the truth."""
    found = dict(Consult.objects.order_by().values_list("state").annotate(Count("pk")))
    oldest = Consult.objects.filter(state=State.QUEUED).aggregate(at=Min("requested_at"))["at"]
    lapsed = Consult.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now()).count()
    return Queue(tuple((str(value), str(label), found.get(value, 0)) for value, label in State.choices), oldest, lapsed)


def shelf() -> Shelf:
    """Index, sources and Formulary as they stand."""
    look, digest, embedder, passages = _index()
    in_force = PassageRow.objects.filter(version__in=knowledge.due()).count()
    drugs = wiring.formulary()
    return Shelf(
        index=look,
        digest=digest,
        embedder=embedder,
        passages=passages,
        in_force=in_force,
        sources=Source.objects.count(),
        formulary=drugs.digest,
        drugs=len(drugs),
        terms=len(wiring.glossary().terms),
    )


def _index() -> tuple[Look, str, str, int]:
    """The published generation, opened as the library's search opens it."""
    todo = "Publish the index again (manage.py demo does, for the demonstration hospital). Consults abstain until then."
    try:
        library = wiring.library(dense=False)
        folder = settings.INDEX / library.digest
        manifest = generation.read_manifest(folder)
    except (RetrievalError, OSError, ValueError) as error:
        return Look("Index", False, str(error), todo), "", "", 0
    if not manifest.embedder:
        todo = "Publish it again with an embedder to bring search by meaning back."
        return Look("Index", False, "Published without vectors: search is by words alone.", todo), library.digest, "", len(library)
    missing = [name for name in manifest.files if not (folder / name).is_file()]
    if missing:
        todo = "Search goes on by words alone. Publish the index again to bring search by meaning back."
        return Look("Index", False, f"{len(missing)} of its files are gone.", todo), library.digest, manifest.embedder, len(library)
    return Look("Index", True, "Published and whole."), library.digest, manifest.embedder, len(library)
