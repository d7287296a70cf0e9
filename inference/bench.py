"""How fast an engine is: figures of `manage.py bench inference`. Run alone on the machine, or they mean nothing.

Each function takes an engine and sizes and returns a `Figure`. Prompts are filler text; speed does not depend on sense.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from inference.backends.host import HostEngine
from inference.metrics import quantile
from inference.types import Chunk, ChunkKind, Engine, Request, Sampling, Segment

WORDS = "the patient takes apixaban and has renal impairment so plan X lowers the dose while plan Y keeps it ".split()


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    detail: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass
class Run:
    """One stream as it was seen from outside."""

    begun: float
    first: float = 0.0
    ended: float = 0.0
    tokens: int = 0
    prompt_tokens: int = 0
    gaps: list[float] = field(default_factory=list)


def request(engine: Engine, prompt_tokens: int, answer_tokens: int, **changes: object) -> Request:
    """A request of about that size; free text without reasoning, so that every stream writes its whole allowance."""
    text, size = " ".join(WORDS), engine.count((Segment(text=" ".join(WORDS)),))
    text = " ".join([text] * max(1, round(prompt_tokens / max(1, size - 3))))
    base = {
        "segments": (Segment(text=text),),
        "think_budget": 0,
        "max_tokens": answer_tokens,
        "sampling": Sampling(temperature=1.5, top_p=1.0),
        "deadline_s": 1800.0,
    }
    return Request.model_validate({**base, **changes})


def follow(stream: Iterator[Chunk]) -> Run:
    run = Run(time.monotonic())
    last = run.begun
    for chunk in stream:
        now = time.monotonic()
        if chunk.kind in (ChunkKind.ANSWER, ChunkKind.THINK):
            run.gaps.append(now - last) if run.first else None
            run.first = run.first or now
            last = now
        if chunk.kind is ChunkKind.DONE:
            run.tokens += chunk.answer_tokens + chunk.think_tokens
            run.prompt_tokens = chunk.prompt_tokens
    run.ended = time.monotonic()
    return run


def together(jobs: list[Callable[[], Iterator[Chunk]]]) -> list[Run]:
    runs: list[Run] = []
    threads = [threading.Thread(target=lambda job=job: runs.append(follow(job()))) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return runs


def single(engine: Engine, prompt: int = 64, answer: int = 128) -> Figure:
    """Tokens a second of one stream, from its first token on."""
    run = follow(engine.generate(request(engine, prompt, answer)))
    return Figure("single stream", run.tokens / max(1e-9, run.ended - run.first), "tokens/s", {"first_token_s": run.first - run.begun})


def streams(engine: Engine, count: int = 8, prompt: int = 64, answer: int = 128) -> Figure:
    """Tokens a second of all streams together, against the same requests one after another."""
    asked = [request(engine, prompt, answer, seed=seed, client=f"bench-{seed}") for seed in range(count)]
    begun = time.monotonic()
    runs = together([lambda one=one: engine.generate(one) for one in asked])  # type: ignore[misc]
    at_once = time.monotonic() - begun
    begun = time.monotonic()
    for one in asked:
        follow(engine.generate(one))
    in_turn = time.monotonic() - begun
    tokens = sum(run.tokens for run in runs)
    detail = {"in_turn_tokens_per_s": tokens / in_turn, "speed_up": in_turn / at_once}
    return Figure(f"{count} streams", tokens / at_once, "tokens/s", detail)


def panel(engine: Engine, prompt: int = 1500, answer: int = 300, orders: int = 2, seeds: int = 3) -> Figure:
    """Seconds of one consult's panel, against six requests that share nothing."""
    asked = [
        _ordered(request(engine, prompt, answer, samples=seeds, seed=100 * order, client="panel"), order)
        for order in range(orders)
    ]
    begun = time.monotonic()
    together([lambda one=one: engine.generate(one) for one in asked])  # type: ignore[misc]
    shared = time.monotonic() - begun
    begun = time.monotonic()
    for order in range(orders):
        for seed in range(seeds):
            follow(engine.generate(request(engine, prompt, answer, seed=100 * order + seed)))
    apart = time.monotonic() - begun
    return Figure("panel", shared, "s", {"apart_s": apart, "ratio": shared / apart})


def _ordered(one: Request, order: int) -> Request:
    """The orders of a panel share what stands before the plans."""
    return one.model_copy(update={"segments": (*one.segments, Segment(text=f" Plan {'XY'[order % 2]} is read first." * 6))})


def stall(engine: Engine, running: int = 7, prompt: int = 3000, answer: int = 200) -> Figure:
    """Inter-token p99 of running streams while a long prompt arrives, against the same without it."""

    def p99(with_arrival: bool) -> float:
        jobs: list[Callable[[], Iterator[Chunk]]] = [
            lambda seed=seed: engine.generate(request(engine, 32, answer, seed=seed))  # type: ignore[misc]
            for seed in range(running)
        ]
        if with_arrival:
            jobs.append(lambda: _later(lambda: engine.generate(request(engine, prompt, 1))))
        gaps = [gap for run in together(jobs) if run.tokens > 1 for gap in run.gaps]
        return quantile(gaps, 0.99)

    alone, beside = p99(False), p99(True)
    return Figure("stall", beside / max(1e-9, alone), "times", {"alone_p99_s": alone, "beside_p99_s": beside})


def _later(job: Callable[[], Iterator[Chunk]]) -> Iterator[Chunk]:
    time.sleep(0.2)
    yield from job()


def cancel(engine: HostEngine, prompt: int = 64, in_prefill: bool = False) -> Figure:
    """Seconds from leaving a stream to an idle host."""
    stream = engine.generate(request(engine, prompt, 4000))
    if not in_prefill:
        next(chunk for chunk in stream if chunk.kind is ChunkKind.ANSWER)
    else:
        next(stream)
    begun = time.monotonic()
    stream.close()  # type: ignore[attr-defined]
    while engine.metrics()["slots_busy"]:
        time.sleep(0.005)
    return Figure("cancel in prefill" if in_prefill else "cancel", time.monotonic() - begun, "s")


def growth(engine: HostEngine, requests: int = 1000) -> Figure:
    """Resident bytes gained over many small requests."""
    before = engine.metrics()["resident_bytes"]
    for seed in range(requests):
        follow(engine.generate(request(engine, 32, 8, seed=seed, client=f"c{seed}")))
    after = engine.metrics()["resident_bytes"]
    return Figure("memory growth", after - before, "bytes", {"requests": float(requests), "resident_bytes": after})
