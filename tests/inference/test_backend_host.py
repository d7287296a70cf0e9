from __future__ import annotations

from pathlib import Path

import pytest

from inference.backends.host import HostEngine
from inference.errors import HostAbsent, HostGone, RequestInvalid, RequestTooLong
from inference.types import Engine, Segment, collect
from tests.inference.contract import EngineContract, ask


class TestHostEngine(EngineContract):
    @pytest.fixture
    def engine(self, host: object) -> Engine:
        return HostEngine(host.socket)  # type: ignore[attr-defined]


def test_sample_k_is_the_request_with_seed_plus_k(engine: HostEngine) -> None:
    together = collect(engine.generate(ask(seed=30, samples=3)))
    apart = [collect(engine.generate(ask(seed=30 + k)))[0] for k in range(3)]
    assert together == apart


def test_the_refused_count_is_the_counted_one(engine: HostEngine) -> None:
    long = (Segment(text="a b c d " * 4000),)
    with pytest.raises(RequestTooLong) as refused:
        list(engine.generate(ask(segments=long)))
    assert refused.value.data["count"] == engine.count(long)


def test_a_schema_without_a_grammar_is_refused(engine: HostEngine) -> None:
    with pytest.raises(RequestInvalid):
        list(engine.generate(ask(answer_schema={"type": "nonsense"})))


def test_a_prefix_starts_the_answer(engine: HostEngine) -> None:
    [one] = collect(engine.generate(ask(answer_prefix='{"side": "y"')))
    assert one.answer.startswith('{"side": "y"')


def test_a_prefix_against_the_schema_is_refused(engine: HostEngine) -> None:
    with pytest.raises(RequestInvalid):
        list(engine.generate(ask(answer_prefix="Certainly! ")))


def test_an_absent_host_is_gone_and_not_ready(run_folder: Path) -> None:
    absent = HostEngine(run_folder / "none.sock", patience_s=0)
    assert not absent.ready()
    with pytest.raises(HostAbsent) as gone:
        absent.identity()
    assert gone.value.retryable and isinstance(gone.value, HostGone)
