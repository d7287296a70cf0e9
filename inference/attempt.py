"""Samples that can be used, or a clear word on why not: each is checked, and tried once more with another seed."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from inference.sanity import garbled
from inference.types import Engine, Generation, Request, collect

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


def attempt(engine: Engine, request: Request) -> list[Attempt]:
    """All samples of a request. One that cannot be used is asked for once more with another seed, alone."""
    first = collect(engine.generate(request))
    return [_mend(engine, request, sample, one) for sample, one in enumerate(first)]


def _mend(engine: Engine, request: Request, sample: int, one: Generation) -> Attempt:
    seed = request.seed + sample
    if not fault(one, request.answer_schema):
        return Attempt(one, seed, "")
    [second] = collect(engine.generate(request.model_copy(update={"seed": seed + NEXT_SEED, "samples": 1})))
    return Attempt(second, seed + NEXT_SEED, fault(second, request.answer_schema))
