"""Samples that can be used, or a clear word on why not: each is checked, and tried once more with another seed.

    trials = [Trial(engine, one) for one in requests]
    for tally in together(trials):
        ...                                         how far they are, as often as anything comes
    trials[0].attempts                              one for each sample
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

from inference.sanity import garbled
from inference.types import Chunk, ChunkKind, Engine, Generation, Request, collect

NEXT_SEED = 7919
"""Added for the second try; far from the seeds of a request's samples."""


def fault(generation: Generation, schema: dict[str, Any] | None) -> str:
    """What is wrong with it; "" where it can be used. Whether it says anything true is for others."""
    if generation.finish not in ("stop", "length"):
        return f"it ended by {generation.finish}"
    if not generation.answer.strip():
        return "the answer is empty"
    if garbled(generation.answer):
        return "the answer is not text"
    if schema is not None:
        try:
            json.loads(generation.answer)
        except ValueError:
            return "the answer was cut short" if generation.finish == "length" else "the answer is not JSON"
    return ""


class Attempt(NamedTuple):
    """One sample: what was written, with which seed, and what is wrong with it after two tries ("" = usable)."""

    generation: Generation
    seed: int
    fault: str


class Tally(NamedTuple):
    """Tokens written so far, of all samples together; a piece of text counts as one."""

    thought: int = 0
    answered: int = 0


class Trial:
    """All samples of a request. One that cannot be used is asked for once more with another seed, alone."""

    def __init__(self, engine: Engine, request: Request) -> None:
        self._engine, self._request = engine, request
        self._tally = Tally()
        self.attempts: list[Attempt] = []
        """Filled when the tallies have ended."""

    def __iter__(self) -> Generator[Tally, None, None]:
        written: list[Chunk] = []
        yield from self._write(self._request, written)
        for sample, one in enumerate(collect(iter(written))):
            yield from self._judge(sample, one)

    def _judge(self, sample: int, one: Generation) -> Iterator[Tally]:
        seed, schema = self._request.seed + sample, self._request.answer_schema
        if not fault(one, schema):
            self.attempts.append(Attempt(one, seed, ""))
            return
        written: list[Chunk] = []
        yield from self._write(self._request.model_copy(update={"seed": seed + NEXT_SEED, "samples": 1}), written)
        [second] = collect(iter(written))
        self.attempts.append(Attempt(second, seed + NEXT_SEED, fault(second, schema)))

    def _write(self, request: Request, written: list[Chunk]) -> Iterator[Tally]:
        for chunk in self._engine.generate(request):
            written.append(chunk)
            if chunk.kind in (ChunkKind.THINK, ChunkKind.ANSWER):
                thought, answered = self._tally
                self._tally = Tally(thought + (chunk.kind is ChunkKind.THINK), answered + (chunk.kind is ChunkKind.ANSWER))
                yield self._tally


def together(trials: Sequence[Trial]) -> Iterator[Tally]:
    """Several trials, written at once by an engine that can; of each in turn what came next, and how far they are together."""
    tallies = [Tally() for _ in trials]
    with ExitStack() as leaving:
        running = {number: leaving.enter_context(closing(iter(trial))) for number, trial in enumerate(trials)}
        while running:
            for number, trial in list(running.items()):
                tally = next(trial, None)
                if tally is None:
                    del running[number]
                    continue
                tallies[number] = tally
                yield Tally(*map(sum, zip(*tallies, strict=True)))


def attempt(engine: Engine, request: Request) -> list[Attempt]:
    """One request, waited for."""
    trial = Trial(engine, request)
    for _ in trial:
        pass
    return trial.attempts
