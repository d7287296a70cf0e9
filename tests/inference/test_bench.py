"""The measuring functions run and count right; the figures themselves are for an idle machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from inference import bench
from inference.backends.host import HostEngine


def test_one_stream(engine: HostEngine) -> None:
    assert bench.single(engine, prompt=32, answer=16).value > 0


def test_streams_are_compared_with_one_after_another(engine: HostEngine) -> None:
    figure = bench.streams(engine, count=3, prompt=32, answer=12)
    assert figure.value > 0 and figure.detail["speed_up"] > 0


def test_a_panel_shares_its_prompt(engine: HostEngine) -> None:
    before = engine.metrics().get("shared_tokens_total", 0)
    figure = bench.panel(engine, prompt=200, answer=8)
    assert figure.detail["ratio"] > 0
    assert engine.metrics()["shared_tokens_total"] - before >= 5 * 150


def test_a_long_prompt_beside_running_streams(engine: HostEngine) -> None:
    assert bench.stall(engine, running=2, prompt=300, answer=60).value > 0


def test_cancel_is_timed(engine: HostEngine) -> None:
    assert bench.cancel(engine).value < 3 and bench.cancel(engine, prompt=400, in_prefill=True).value < 5


def test_growth_is_counted(engine: HostEngine) -> None:
    assert bench.growth(engine, requests=5).detail["requests"] == 5


def test_the_baselines_run(card: Path) -> None:
    command = [sys.executable, "-m", "inference.llama.baseline", str(card.parent / "tiny.gguf"), "--streams=2", "--prompt=16", "--tokens=8"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    assert report["raw_tokens_per_s"] > 0 and report["in_turn_s"] > 0
