"""A request in the host, and each of its samples while it holds a sequence."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from inference.errors import Deadline, InferenceError
from inference.llama.sampler import Chooser, Grammar
from inference.types import Chunk, Request
from inference.writing import Writing

Emit = Callable[[list[Chunk], InferenceError | None], None]
"""Called in the batching thread with new chunks; with an error, or with none left to come, exactly once at the end."""


@dataclass(eq=False)
class Job:
    request: Request
    prompt: list[int]
    emit: Emit
    arrived: float = field(default_factory=time.monotonic)
    cancelled: bool = False
    """Set from any thread."""
    unfinished: int = 0
    position: int = 0
    over: bool = False
    out: list[Chunk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.unfinished = self.request.samples

    def late(self) -> bool:
        return time.monotonic() - self.arrived > self.request.deadline_s

    def flush(self) -> None:
        if self.out and not self.over:
            self.emit(self.out, None)
        self.out = []

    def end(self, error: InferenceError | None = None) -> None:
        """Tells the caller once; what came before an error is still delivered."""
        if not self.over:
            self.flush()
            self.over = True
            self.emit([], error)
        self.prompt[:] = [0] * len(self.prompt)

    def why_dropped(self) -> InferenceError | None:
        return Deadline(self.request.deadline_s) if self.late() and not self.cancelled else None


@dataclass(eq=False)
class Stream:
    """One sample in one sequence. `feed` is what the model has still to read before the next token can be drawn."""

    job: Job
    slot: int
    writing: Writing
    feed: list[int]
    chooser: Chooser
    grammar: Grammar | None
    past: int = 0
    source: Stream | None = None
    shared: int = 0
    """Wait until `source` has read this many tokens of the common prefix, then copy them."""
    reading: bool = True
    """The prompt is not read to its end."""
    last_token: float = 0.0

    def close(self) -> None:
        self.chooser.close()
        if self.grammar:
            self.grammar.close()
        self.feed[:] = [0] * len(self.feed)
        self.feed.clear()
        self.source = None
