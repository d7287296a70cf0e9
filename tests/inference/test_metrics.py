from __future__ import annotations

import pytest

from inference.backends.host import HostEngine
from inference.metrics import Metrics, quantile
from inference.types import collect
from tests.inference.contract import ask


@pytest.mark.parametrize(("values", "q", "expected"), [([], 0.5, 0), ([3.0], 0.99, 3), ([1.0, 2.0, 3.0, 4.0], 0.5, 3)])
def test_quantiles(values: list[float], q: float, expected: float) -> None:
    assert quantile(values, q) == expected


def test_thinking_is_averaged_over_finished_samples() -> None:
    metrics = Metrics()
    assert metrics.report()["think_tokens_mean"] == 0
    metrics.counts.update(think_tokens=30, finished_stop=2, finished_length=1)
    assert metrics.report()["think_tokens_mean"] == 10


def test_a_request_is_counted(engine: HostEngine) -> None:
    before = engine.metrics()
    [one] = collect(engine.generate(ask()))
    after = engine.metrics()
    assert after["requests_total"] - before["requests_total"] == 1
    assert after["think_tokens_total"] - before.get("think_tokens_total", 0) == one.think_tokens
    assert after["first_token_seconds_p99"] > 0 and after["resident_bytes"] > 1e6


def test_the_report_holds_numbers_only(engine: HostEngine) -> None:
    assert all(isinstance(value, float) for value in engine.metrics().values())
