from __future__ import annotations

import pytest

from inference.attempt import NEXT_SEED, Tally, Trial, attempt, fault
from inference.backends.scripted import ScriptedEngine
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
    [one] = attempt(engine, ask(seed=3))
    assert (one.generation.answer, one.seed, one.fault) == (GOOD, 3, "") and len(engine.requests) == 1


def test_a_bad_sample_is_tried_once_more_with_another_seed() -> None:
    engine = ScriptedEngine([GOOD, "oh", GOOD])
    done = attempt(engine, ask(seed=5, samples=2))
    assert [one.generation.answer for one in done] == [GOOD, GOOD]
    assert [one.seed for one in done] == [5, 5 + 1 + NEXT_SEED]
    assert (engine.requests[1].seed, engine.requests[1].samples) == (5 + 1 + NEXT_SEED, 1)


def test_two_bad_answers_are_said() -> None:
    engine = ScriptedEngine(["oh", "dear"])
    [one] = attempt(engine, ask())
    assert one.fault == "the answer is not JSON" and one.generation.answer == "dear" and len(engine.requests) == 2


def test_a_trial_tells_how_far_it_is() -> None:
    """Thought first, then answer; a second try counts on."""
    trial = Trial(ScriptedEngine([("one two three four five six", "oh"), ("again", GOOD)]), ask(think_budget=20))
    tallies = list(trial)
    assert tallies[0].answered == 0 < tallies[0].thought and tallies == sorted(tallies)
    assert tallies[-1] == Tally(thought=4, answered=2 + (len(GOOD) > 12))
    assert [one.fault for one in trial.attempts] == [""]
