"""Each figure measures something, in tiny sizes; the figures themselves are for an idle machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.bench import manners, speed
from inference.bench.figure import Figure, Goal, table
from inference.bench.load import Run, follow, rate, request
from inference.bench.rig import SLOTS, Rig
from inference.bench.rig import rig as made
from inference.bench.run import FIGURES, Sizes, measure

TINY = Sizes(
    streams=(3,), prompt=16, answer=12, repeats=1, panel_prompt=96, panel_answer=8, running=2, arrival=600, running_answer=600, requests=5
)


@pytest.fixture(scope="module")
def rig(card: Path) -> Iterator[Rig]:
    with made(str(card), threads=1) as running:
        yield running


def test_it_works(rig: Rig) -> None:
    run = follow(rig.engine.generate(request(rig.engine, 32, 16, samples=2)))
    assert run.written == {0: 16, 1: 16} and set(run.written) == {0, 1} == set(run.marks) and run.ended >= run.first > run.begun


def test_streams_are_compared_with_llama_on_as_many_tokens(rig: Rig) -> None:
    figure = speed.streams(rig, count=3, prompt=32, answer=12)
    assert figure.value > 0 and figure.detail["in_turn_tokens_per_s"] > 0
    assert figure.detail["prompt"] >= 24 and figure.detail["tokens"] == 12


def test_decoding_is_compared_with_the_raw_loop(rig: Rig) -> None:
    figure = speed.decode(rig, 3, 32, 12, repeats=1)
    assert figure.value == pytest.approx(figure.detail["tokens_per_s"] / figure.detail["raw_tokens_per_s"])
    assert figure.detail["raw_tokens_per_s"] > 0


def test_a_panel_shares_its_prompt(rig: Rig) -> None:
    before = rig.engine.metrics().get("shared_tokens_total", 0)
    figure = speed.panel(rig, prompt=200, answer=8)
    assert 0 < figure.value < figure.detail["if_prompts_were_kept"]
    assert rig.engine.metrics()["shared_tokens_total"] - before >= 5 * 150


def test_a_long_prompt_comes_beside_running_streams(rig: Rig) -> None:
    figure = manners.stall(rig, running=2, prompt=600, answer=600)
    assert figure.detail["gaps_beside"] > 0 and figure.detail["prompt"] >= 400 and figure.value > 0


def test_cancel_is_timed_until_the_host_is_idle(rig: Rig) -> None:
    assert manners.cancel(rig, 32, in_prefill=False).value > 0
    assert manners.cancel(rig, 600, in_prefill=True).value > 0
    assert rig.engine.metrics()["slots_busy"] == 0


def test_memory_of_a_sample_is_that_of_its_keys_and_values(rig: Rig) -> None:
    """Two layers, width 32 each for keys and values, two bytes: 256 bytes a token."""
    figure = manners.memory(rig)
    assert 0.5 * 256 * rig.context < figure.value * 2**20 < 20 * 256 * rig.context


def test_growth_serves_as_many_requests_as_it_says(rig: Rig) -> None:
    before = rig.engine.metrics()["requests_total"]
    assert "5 requests" in manners.growth(rig, 5, warm=2).name
    assert rig.engine.metrics()["requests_total"] - before == 7


def test_restart_is_timed_from_the_kill_to_another_process(rig: Rig) -> None:
    pid, restarts = rig.host.pid, rig.host.restarts
    figure = manners.restart(rig)
    assert figure.value > 0 and rig.host.pid != pid and rig.host.restarts == restarts + 1 and rig.host.ready()


def test_the_rate_counts_only_while_all_write() -> None:
    run = Run(0.0, tokens=8, marks={0: [1.0, 2.0, 3.0, 4.0], 1: [2.0, 3.0, 4.0, 5.0]})
    assert rate(run) == pytest.approx(4 / 2)


def test_gaps_are_those_of_each_sample_in_the_time_asked() -> None:
    run = Run(0.0, marks={0: [1.0, 2.0, 4.0], 1: [1.5, 2.0]})
    assert sorted(run.gaps()) == [0.5, 1.0, 2.0] and run.gaps(since=3.0) == [2.0]
    assert run.gaps(since=1.2, whole=True) == [2.0, 0.5]


@pytest.mark.parametrize(("value", "goal", "met"), [(3.0, Goal(3, "least"), True), (2.9, Goal(3, "least"), False), (3.1, Goal(3, "most"), False)])
def test_a_goal_is_met_or_missed(value: float, goal: Goal, met: bool) -> None:
    figure = Figure("streams", value, "x", goal)
    assert figure.met is met and table([figure]).endswith("met" if met else "missed")


def test_an_unknown_figure_is_refused_before_a_host_is_started() -> None:
    with pytest.raises(LookupError, match="There is no figure speed"):
        measure("no model at all", only=["speed"])


@pytest.mark.model
def test_every_figure_is_taken_on_the_bundled_model() -> None:
    from models.catalogue import default

    found = measure(default().name, sizes=TINY, threads=1)
    names = [figure["name"] for figure in found["figures"]]
    assert len(names) == len(set(names)) == len(FIGURES) + 1 and found["slots"] == SLOTS
    assert all(figure["value"] > 0 for figure in found["figures"] if not figure["name"].startswith("growth"))
    assert json.dumps(found)


def test_a_baseline_that_fails_says_so(rig: Rig) -> None:
    with pytest.raises(RuntimeError, match="baseline raw"):
        rig.baseline("raw", streams=1)


def test_the_baselines_run_by_themselves(card: Path) -> None:
    job = {"kind": "turn", "requests": [[16, 8], [16, 4]], "threads": 1, "context": 256, "temperature": 1.0, "top_p": 0.95}
    command = [sys.executable, "-m", "inference.llama.baseline", str(card.parent / "tiny.gguf")]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=True)
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["seconds"] > sum(report["prefill"]) > 0 and len(report["prefill"]) == 2
