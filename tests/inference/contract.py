"""What every backend must do. A backend's test file subclasses `EngineContract` and gives `engine`."""

from __future__ import annotations

import json

import pytest
from jsonschema import validate

from inference.types import ChunkKind, Engine, Request, Segment, collect

SEGMENTS = (Segment(text="Which plan, X or Y?\n", trusted=True), Segment(text="Dr Brandt writes: 아픽사반 2.5 mg."))

SCHEMA = {
    "type": "object",
    "properties": {"side": {"enum": ["x", "y"]}, "reason": {"type": "string", "pattern": "^[a-z ]{1,12}$"}},
    "required": ["side", "reason"],
    "additionalProperties": False,
}


def ask(**changes: object) -> Request:
    base: dict[str, object] = {"segments": SEGMENTS, "think_budget": 12, "max_tokens": 120, "answer_schema": SCHEMA}
    return Request.model_validate({**base, **changes})


class EngineContract:
    @pytest.fixture
    def engine(self) -> Engine:
        raise AssertionError("the subclass gives the engine")

    def test_it_works(self, engine: Engine) -> None:
        [one] = collect(engine.generate(ask()))
        validate(json.loads(one.answer), SCHEMA)
        assert one.finish == "stop"

    def test_every_sample_is_done_once(self, engine: Engine) -> None:
        chunks = list(engine.generate(ask(samples=3)))
        assert sorted(c.sample for c in chunks if c.kind is ChunkKind.DONE) == [0, 1, 2]

    def test_thinking_and_answer_are_apart(self, engine: Engine) -> None:
        [one] = collect(engine.generate(ask()))
        assert one.think and "</think>" not in one.think + one.answer

    def test_thinking_comes_before_the_answer(self, engine: Engine) -> None:
        kinds = [c.kind for c in engine.generate(ask()) if c.kind in (ChunkKind.THINK, ChunkKind.ANSWER)]
        assert kinds == sorted(kinds, reverse=True)

    def test_a_budget_of_nought_thinks_nothing(self, engine: Engine) -> None:
        [one] = collect(engine.generate(ask(think_budget=0)))
        assert (one.think, one.think_tokens) == ("", 0) and one.answer

    def test_the_answer_comes_in_pieces(self, engine: Engine) -> None:
        assert sum(c.kind is ChunkKind.ANSWER for c in engine.generate(ask())) > 1

    def test_a_longer_prompt_counts_more(self, engine: Engine) -> None:
        assert 0 < engine.count(SEGMENTS) < engine.count(SEGMENTS * 2)

    def test_a_stream_can_be_left(self, engine: Engine) -> None:
        stream = engine.generate(ask(think_budget=None, max_tokens=600))
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert collect(engine.generate(ask()))[0].finish == "stop"

    def test_it_says_what_it_is(self, engine: Engine) -> None:
        identity = engine.identity()
        assert identity.model and identity.engine and identity.template and identity.context

    def test_it_is_ready(self, engine: Engine) -> None:
        assert engine.ready()
