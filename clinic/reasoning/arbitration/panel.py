"""The panel: the same dispute read in both orders at once and with several seeds; stops early when all agree, goes on when split.

A judge flips on repeats of one input in 13.6 % on average and 11 repeats give 95 % fidelity (arXiv 2606.13685): 4 runs, up to 12.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal

from clinic.reasoning.arbitration.answer import Answer, Asked, Unusable
from clinic.reasoning.events import Progress, RunFinished
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Dispute
from clinic.reasoning.outcome import Outcome, Stability
from clinic.reasoning.values import Value
from inference.attempt import Attempt, Tally, Trial, together
from inference.types import Engine, Request

Order = Literal["xy", "yx"]
NOTHING = Tally()
ROUNDS = (2, 1, 1, 2)
"""Samples per order in each round: 4 runs, then 6, 8 and 12 while the votes are split."""


class Run(Value):
    """A run with its answer in terms of the plans as first placed; None: unusable."""

    finished: RunFinished
    answer: Answer | None


TELL_S = 2.0
"""Between two words on how far the runs under way are: a large model writes for minutes before the first of them ends."""


def read_both_ways(
    dispute: Dispute,
    evidence: Evidence,
    ask: Callable[[Dispute, Evidence], Asked],
    engine: Engine,
    seed: int,
    client: str,
    clock: Callable[[], float] = lambda: 0.0,
) -> Iterator[Progress | Run]:
    """Runs the panel and yields each run as it ends, and meanwhile how far it is. `clock`: seconds."""
    prompts: dict[Order, Asked] = {"xy": ask(dispute, evidence), "yx": ask(dispute.swapped(), evidence.reversed())}
    done: list[Run] = []
    for number, samples in enumerate(ROUNDS):
        start, told = seed + sum(ROUNDS[:number]), clock()
        trials = {order: Trial(engine, _request(asked, samples, start, client)) for order, asked in prompts.items()}
        for tally in together(list(trials.values())):
            if clock() - told >= TELL_S:
                told = clock()
                yield _progress(done, number, tally)
        for order, trial in trials.items():
            for one in trial.attempts:
                run = _run(one, prompts[order], order, len(done) + 1)
                done.append(run)
                yield run
                yield _progress(done, number)
        if unanimous(done):
            return


def _progress(done: list[Run], number: int, under_way: Tally = NOTHING) -> Progress:
    written = sum(run.finished.tokens for run in done)
    return Progress(done=len(done), total=_planned(number), tokens=written, thinking=under_way.thought, answering=under_way.answered)


def _request(asked: Asked, samples: int, seed: int, client: str) -> Request:
    return Request(
        segments=asked.segments,
        sampling=asked.sampling,
        seed=seed,
        samples=samples,
        think_budget=asked.think_budget,
        max_tokens=asked.max_tokens,
        answer_schema=asked.schema,
        client=client,
    )


def _run(one: Attempt, asked: Asked, order: Order, number: int) -> Run:
    answer, generation = None, one.generation
    fault = f"garbled: {one.fault}" if one.fault else ""
    try:
        answer = None if fault else asked.read(generation.answer, generation.think)
        answer = answer.swapped() if answer and order == "yx" else answer
    except Unusable as error:
        fault = f"{error.code}: {error}"[:300]
    finished = RunFinished(
        number=number,
        order=order,
        seed=one.seed,
        outcome=answer.outcome if answer else None,
        think=generation.think,
        answer=generation.answer,
        prompt_tokens=generation.prompt_tokens,
        tokens=generation.think_tokens + generation.answer_tokens,
        missing=answer.missing if answer else (),
        fault=fault,
    )
    return Run(finished=finished, answer=answer)


def _planned(round_number: int) -> int:
    return 2 * sum(ROUNDS[: round_number + 1])


def unanimous(runs: list[Run]) -> bool:
    """All runs were usable and said the same."""
    return len({run.finished.outcome for run in runs}) == 1 and all(run.answer for run in runs)


def stability(runs: list[Run]) -> tuple[Outcome | None, Stability]:
    """The leading outcome and how firmly it leads. A tie is led by nobody."""
    votes = Counter(run.answer.outcome for run in runs if run.answer)
    ranked = votes.most_common(2)
    tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    lead = ranked[0][0] if ranked and not tied else None
    by_order: dict[str, str] = {}
    for order in ("xy", "yx"):
        own = Counter(run.answer.outcome for run in runs if run.answer and run.finished.order == order).most_common(2)
        if own and not (len(own) == 2 and own[0][1] == own[1][1]):
            by_order[order] = str(own[0][0])
    agree = lead is not None and by_order.get("xy") == by_order.get("yx") == str(lead)
    return lead, Stability(
        runs=len(runs),
        agree=votes[lead] if lead else 0,
        orders_agree=agree,
        votes={str(k): v for k, v in votes.most_common()},
        by_order=by_order,
        failed=sum(1 for run in runs if not run.answer),
    )
