"""Requests of a given size, and streams as they are seen from outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from inference.types import Chunk, ChunkKind, Engine, Request, Sampling, Segment

WORDS = "the patient takes apixaban and has renal impairment so plan X lowers the dose while plan Y keeps it "
SAMPLING = Sampling(endless=True)
Start = Callable[[], Iterator[Chunk]]


@dataclass
class Run:
    """The streams of one request. `marks`: sample -> when each of its pieces came, in seconds of the monotonic clock."""

    begun: float
    ended: float = 0.0
    tokens: int = 0
    prompt_tokens: int = 0
    written: dict[int, int] = field(default_factory=dict)
    """Sample -> tokens."""
    marks: dict[int, list[float]] = field(default_factory=dict)

    @property
    def first(self) -> float:
        return min((times[0] for times in self.marks.values()), default=self.ended)

    def gaps(self, since: float = 0.0, until: float = float("inf"), whole: bool = False) -> list[float]:
        """Seconds between pieces, of the gaps that touch that time (`whole`: lie in it)."""
        pairs = [pair for times in self.marks.values() for pair in zip(times, times[1:], strict=False)]
        return [b - a for a, b in pairs if (a >= since and b <= until if whole else b >= since and a <= until)]


def request(engine: Engine, prompt_tokens: int, answer_tokens: int, **changes: object) -> Request:
    """About that many tokens in, exactly so many out (but where a stream loops): free text without reasoning, end tokens banned."""
    size = engine.count((Segment(text=WORDS),)) - engine.count((Segment(text=""),))
    text = WORDS * max(1, round(prompt_tokens / max(1, size)))
    base = {
        "segments": (Segment(text=text),),
        "think_budget": 0,
        "max_tokens": answer_tokens,
        "sampling": SAMPLING,
        "deadline_s": 3600.0,
    }
    return Request.model_validate({**base, **changes})


def follow(stream: Iterator[Chunk]) -> Run:
    run = Run(time.monotonic())
    for chunk in stream:
        if chunk.kind in (ChunkKind.ANSWER, ChunkKind.THINK):
            run.marks.setdefault(chunk.sample, []).append(time.monotonic())
        if chunk.kind is ChunkKind.DONE:
            run.written[chunk.sample] = chunk.answer_tokens + chunk.think_tokens
            run.tokens += run.written[chunk.sample]
            run.prompt_tokens = chunk.prompt_tokens
    run.ended = time.monotonic()
    return run


def together(jobs: list[Start]) -> list[Run]:
    """All at once, each in a thread; in the order given. A job that fails raises here."""
    runs: list[Run | BaseException] = [Run(0.0)] * len(jobs)

    def work(place: int) -> None:
        try:
            runs[place] = follow(jobs[place]())
        except BaseException as error:
            runs[place] = error

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in runs:
        if isinstance(run, BaseException):
            raise run
    return [run for run in runs if isinstance(run, Run)]


def at_once(engine: Engine, asked: list[Request]) -> tuple[list[Run], float]:
    """All requests sent together, and the seconds from the first to the last token."""
    begun = time.monotonic()
    runs = together([partial(engine.generate, one) for one in asked])
    return runs, time.monotonic() - begun


def rate(run: Run) -> float:
    """Tokens a second of all samples together while all of them write."""
    begun, ended = max(times[0] for times in run.marks.values()), min(times[-1] for times in run.marks.values())
    pieces = sum(len(times) for times in run.marks.values())
    inside = sum(1 for times in run.marks.values() for at in times if begun < at <= ended)
    return inside * (run.tokens / pieces) / max(1e-9, ended - begun)
