"""What every backend must do. A backend's test file subclasses `EngineContract` and gives `engine`."""

from __future__ import annotations

import json

import pytest
from jsonschema import validate

from inference.errors import Deadline, InferenceError, RequestTooLong
from inference.types import ChunkKind, Engine, Request, Segment, collect

SEGMENTS = (Segment(text="Which plan, X or Y?\n", trusted=True), Segment(text="Dr Brandt writes: 아픽사반 2.5 mg."))

SCHEMA = {
    "type": "object",
    "properties": {"side": {"enum": ["x", "y"]}, "reason": {"type": "string", "pattern": "^[a-z ]{1,12}$"}},
    "required": ["side", "reason"],
    "additionalProperties": False,
}
SEEDS = range(20)
MANY_TOKENS = 900
"""More than any engine of the tests writes within a few milliseconds."""


def ask(**changes: object) -> Request:
    base: dict[str, object] = {"segments": SEGMENTS, "think_budget": 12, "max_tokens": 120, "answer_schema": SCHEMA}
    return Request.model_validate({**base, **changes})


class EngineContract:
    scripted = False
    """Says what its script says, at once: seeds and clocks mean nothing to it."""

    @pytest.fixture
    def engine(self) -> Engine:
        raise AssertionError("the subclass gives the engine")

    @pytest.fixture
    def draws(self, engine: Engine) -> Engine:
        """For what only an engine can do that draws tokens by itself."""
        if self.scripted:
            pytest.skip("a script has neither seeds nor a clock")
        return engine

    def test_it_works(self, engine: Engine) -> None:
        [one] = collect(engine.generate(ask()))
        validate(json.loads(one.answer), SCHEMA)
        assert one.finish == "stop"

    def test_every_sample_is_done_once(self, engine: Engine) -> None:
        chunks = list(engine.generate(ask(samples=3)))
        assert sorted(c.sample for c in chunks if c.kind is ChunkKind.DONE) == [0, 1, 2]

    def test_nothing_of_a_sample_follows_its_end(self, engine: Engine) -> None:
        ended: set[int] = set()
        for chunk in engine.generate(ask(samples=3)):
            assert chunk.sample not in ended
            ended |= {chunk.sample} if chunk.kind is ChunkKind.DONE else set()

    def test_thinking_and_answer_are_apart(self, engine: Engine) -> None:
        [one] = collect(engine.generate(ask()))
        assert one.think and "</think>" not in one.think + one.answer

    def test_thinking_comes_before_the_answer(self, engine: Engine) -> None:
        kinds = [c.kind for c in engine.generate(ask()) if c.kind in (ChunkKind.THINK, ChunkKind.ANSWER)]
        assert kinds == sorted(kinds, reverse=True)

    def test_a_budget_of_nought_thinks_nothing(self, engine: Engine) -> None:
        [one] = collect(engine.generate(ask(think_budget=0)))
        assert (one.think, one.think_tokens) == ("", 0) and one.answer

    @pytest.mark.parametrize("budget", [1, 5, 20])
    def test_no_more_is_thought_than_the_budget(self, engine: Engine, budget: int) -> None:
        for one in collect(engine.generate(ask(think_budget=budget, samples=3))):
            assert one.think_tokens <= budget and one.answer

    def test_the_answer_comes_in_pieces(self, engine: Engine) -> None:
        assert sum(c.kind is ChunkKind.ANSWER for c in engine.generate(ask())) > 1

    def test_the_pieces_are_the_counted_tokens_or_fewer(self, draws: Engine) -> None:
        """Whole characters only: a piece may wait for the rest of its character, never the other way."""
        chunks = list(draws.generate(ask(answer_schema=None)))
        [done] = [c for c in chunks if c.kind is ChunkKind.DONE]
        assert 0 < sum(c.kind is ChunkKind.ANSWER for c in chunks) <= done.answer_tokens + 1

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

    def test_the_schema_is_obeyed_whatever_the_seed(self, draws: Engine) -> None:
        for seed in SEEDS:
            for one in collect(draws.generate(ask(seed=seed, max_tokens=400))):
                validate(json.loads(one.answer), SCHEMA)

    def test_a_seed_says_the_same_again(self, draws: Engine) -> None:
        first, second = (collect(draws.generate(ask(seed=11))) for _ in range(2))
        assert first == second

    def test_samples_are_different_draws(self, draws: Engine) -> None:
        """Warm enough that a trained model wavers, too."""
        written = collect(draws.generate(ask(seed=40, samples=3, sampling={"temperature": 2})))
        assert len({(one.think, one.answer) for one in written}) == 3

    def test_a_deadline_ends_the_request(self, draws: Engine) -> None:
        """A small model may end its answer within the deadline: the host is told to go on, a server gets less time than one token takes."""
        unending = ask(deadline_s=0.001, think_budget=None, max_tokens=MANY_TOKENS, answer_schema=None, sampling={"endless": True})
        with pytest.raises(Deadline) as late:
            list(draws.generate(unending))
        assert late.value.retryable and late.value.code == "deadline"

    def test_a_prompt_that_does_not_fit_is_refused_with_its_count(self, engine: Engine) -> None:
        with pytest.raises(RequestTooLong) as refused:
            list(engine.generate(ask(segments=(Segment(text="a b c d " * 4000),))))
        limit, count = (int(refused.value.data[key]) for key in ("limit", "count"))
        assert limit < count and not refused.value.retryable and refused.value.code == "request_too_long"

    def test_after_an_error_it_goes_on(self, engine: Engine) -> None:
        with pytest.raises(InferenceError):
            list(engine.generate(ask(segments=(Segment(text="a b c d " * 4000),))))
        assert collect(engine.generate(ask()))[0].finish == "stop"
