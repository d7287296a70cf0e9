"""What the tests of a host's life have in common."""

from __future__ import annotations

import time
from collections.abc import Iterator

from inference.backends.host import HostEngine
from inference.types import Chunk, ChunkKind

CONTEXT = 8192
ENDLESS = {"think_budget": None, "max_tokens": CONTEXT - 1024, "answer_schema": None, "sampling": {"endless": True}}
"""Runs for seconds and never ends by itself, on a host with this context: it can be interrupted by who was held up on the way."""


def wait_for(condition: object, seconds: float = 100.0) -> float:
    """Seconds until the condition held."""
    begun = time.monotonic()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.01)
    return time.monotonic() - begun


def first(stream: Iterator[Chunk], kind: ChunkKind) -> Chunk:
    return next(chunk for chunk in stream if chunk.kind is kind)


def busy(engine: HostEngine) -> bool:
    return engine.metrics()["slots_busy"] > 0
