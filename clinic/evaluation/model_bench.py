"""`manage.py models bench NAME`: how fast one model writes on this machine, alone and eight at once. Short; `bench inference` is thorough."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from inference.backends.host import HostEngine
from inference.options import HostOptions
from inference.supervisor import Supervisor
from inference.types import Engine, Request, Sampling, Segment, collect
from models.catalogue import Card

STREAMS = 8
TEXT = "The patient takes apixaban and has renal impairment; plan X lowers the dose, plan Y keeps it. " * 4


def measure(card: Card) -> list[dict[str, Any]]:
    """Starts a host of its own for the card, with the settings' threads and GPU layers."""
    options = HostOptions(gpu_layers=settings.GPU_LAYERS, threads=settings.THREADS, slots=STREAMS, context=min(card.context, 1024))
    with TemporaryDirectory(prefix="consilium-") as folder, Supervisor(card.reference, Path(folder), options, name="bench") as host:
        engine = HostEngine(host.socket)
        written(engine, 0)  # the first one warms caches up
        return [rate(engine, 1), rate(engine, STREAMS)]


def rate(engine: Engine, streams: int) -> dict[str, Any]:
    """Tokens a second of so many requests at once, which share nothing, from sending to the last token."""
    begun = time.monotonic()
    with ThreadPoolExecutor(streams) as pool:
        tokens = sum(pool.map(lambda seed: written(engine, seed), range(1, streams + 1)))
    seconds = time.monotonic() - begun
    return {"streams": streams, "tokens_per_s": round(tokens / seconds, 1), "tokens": tokens, "seconds": round(seconds, 2)}


def written(engine: Engine, seed: int) -> int:
    """Tokens of one answer of at most 128, hot enough not to loop."""
    request = Request(
        segments=(Segment(text=TEXT),),
        seed=seed,
        think_budget=0,
        max_tokens=128,
        sampling=Sampling(temperature=1.5, top_p=1.0),
        deadline_s=1800.0,
        client=f"bench-{seed}",
    )
    return sum(one.answer_tokens for one in collect(engine.generate(request)))
