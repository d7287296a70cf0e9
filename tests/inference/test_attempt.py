from __future__ import annotations

import pytest

from inference.attempt import NEXT_SEED, fault, write
from inference.backends.scripted import ScriptedEngine
from inference.errors import GarbledOutput
from inference.types import Generation
from tests.inference.contract import ask

GOOD = '{"side": "x"}'


def generation(answer: str = GOOD, finish: str = "stop") -> Generation:
    return Generation(think="", answer=answer, finish=finish, prompt_tokens=1, think_tokens=0, answer_tokens=1)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (generation(), ""),
        (generation(finish="loop"), "loop"),
        (generation(" "), "empty"),
        (generation("\ufffd" * 9), "not text"),
        (generation('{"side"', "length"), "cut short"),
        (generation("side x"), "not JSON"),
    ],
    ids=["good", "loop", "empty", "garbage", "cut", "no JSON"],
)
def test_each_fault_is_named(one: Generation, why: str) -> None:
    found = fault(one, {"type": "object"})
    assert why in found and bool(found) == bool(why)


def test_a_good_answer_is_asked_for_once() -> None:
    engine = ScriptedEngine([GOOD])
    assert write(engine, ask())[0].answer == GOOD and len(engine.requests) == 1


def test_a_bad_sample_is_tried_once_more_with_another_seed() -> None:
    engine, retried = ScriptedEngine([GOOD, "oh", GOOD]), []
    done = write(engine, ask(seed=5, samples=2), lambda sample, why: retried.append((sample, why)))
    assert [one.answer for one in done] == [GOOD, GOOD]
    assert (engine.requests[1].seed, engine.requests[1].samples) == (5 + 1 + NEXT_SEED, 1)
    assert retried == [(1, "the answer is not JSON")]


def test_two_bad_answers_are_a_clear_failure() -> None:
    with pytest.raises(GarbledOutput) as failed:
        write(ScriptedEngine(["oh", "dear"]), ask())
    assert not failed.value.retryable
