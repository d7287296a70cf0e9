from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference.attempt import NEXT_SEED, Tally, Trial, attempt, fault, together
from inference.backends.scripted import ScriptedEngine
from inference.types import Chunk, Generation, Request
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


def test_trials_go_on_together_and_each_keeps_its_own_answers() -> None:
    """The second is asked for before the first has ended; one that has to be tried again does not hold up the other."""
    other = '{"side": "y"}'
    engine = ScriptedEngine([("one two three", "oh"), ("one two three", other), GOOD])
    trials = [Trial(engine, ask(seed=1)), Trial(engine, ask(seed=2))]
    told = together(trials)
    next(told), next(told)
    assert [request.seed for request in engine.requests] == [1, 2] and not trials[0].attempts
    assert list(told)[-1].answered >= 2
    assert [one.generation.answer for trial in trials for one in trial.attempts] == [GOOD, other]


def test_leaving_one_leaves_all() -> None:
    left: list[int] = []

    class Noting(ScriptedEngine):
        def generate(self, request: Request) -> Iterator[Chunk]:
            try:
                yield from super().generate(request)
            finally:
                left.append(request.seed)

    engine = Noting([GOOD, GOOD])
    told = together([Trial(engine, ask(seed=seed)) for seed in (1, 2)])
    assert next(told) and next(told) and len(engine.requests) == 2
    told.close()
    assert sorted(left) == [1, 2]
