"""One answer that can be used, or a clear failure: each sample is checked, and tried once more with another seed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from inference.errors import GarbledOutput
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


def write(engine: Engine, request: Request, on_retry: Callable[[int, str], None] = lambda sample, why: None) -> list[Generation]:
    """All samples of a request, each usable. Raises GarbledOutput where a second seed did not help either."""
    first = collect(engine.generate(request))
    return [_mend(engine, request, sample, one, on_retry) for sample, one in enumerate(first)]


def _mend(
    engine: Engine, request: Request, sample: int, one: Generation, on_retry: Callable[[int, str], None]
) -> Generation:
    if not (why := fault(one, request.answer_schema)):
        return one
    on_retry(sample, why)
    again = request.model_copy(update={"seed": request.seed + sample + NEXT_SEED, "samples": 1})
    [second] = collect(engine.generate(again))
    if why := fault(second, request.answer_schema):
        raise GarbledOutput(why)
    return second
