"""`manage.py models bench NAME`: how fast one model writes on this machine, alone and eight at once. Short; `bench inference` is thorough."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from inference.backends.host import HostEngine
from inference.bench.load import at_once, request
from inference.options import HostOptions
from inference.supervisor import Supervisor
from inference.types import Engine, Sampling
from models.catalogue import Card

STREAMS = 8
PROMPT, ANSWER = 96, 128
"""Tokens."""
SAMPLING = Sampling(temperature=1.5, top_p=1.0, endless=True)
"""Hot enough that the bundled model does not loop, so that each stream has its whole length."""


def measure(card: Card) -> list[dict[str, Any]]:
    """Starts a host of its own for the card, with the settings' threads and GPU layers."""
    options = HostOptions(gpu_layers=settings.GPU_LAYERS, threads=settings.THREADS, slots=STREAMS, context=min(card.context, 1024))
    with TemporaryDirectory(prefix="consilium-") as folder, Supervisor(card.reference, Path(folder), options, name="bench") as host:
        engine = HostEngine(host.socket)
        rate(engine, 1)  # the first one warms caches up
        return [rate(engine, 1), rate(engine, STREAMS)]


def rate(engine: Engine, streams: int) -> dict[str, Any]:
    """Tokens a second of so many requests at once, which share nothing, from sending to the last token."""
    asked = [request(engine, PROMPT, ANSWER, seed=seed, client=f"bench-{seed}", sampling=SAMPLING) for seed in range(streams)]
    runs, seconds = at_once(engine, asked)
    tokens = sum(run.tokens for run in runs)
    return {"streams": streams, "tokens_per_s": round(tokens / seconds, 1), "tokens": tokens, "seconds": round(seconds, 2)}
