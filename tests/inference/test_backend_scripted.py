from __future__ import annotations

import pytest

from inference.backends.scripted import ScriptedEngine
from inference.errors import HostBusy, RequestInvalid
from inference.types import Engine, collect
from tests.inference.contract import EngineContract, ask


class TestScriptedEngine(EngineContract):
    scripted = True

    @pytest.fixture
    def engine(self) -> Engine:
        return ScriptedEngine([("weighing both plans", '{"side": "x", "reason": "dose"}')] * 3)


def test_an_error_in_the_script_is_raised() -> None:
    with pytest.raises(HostBusy):
        list(ScriptedEngine([HostBusy(3)]).generate(ask()))


def test_an_empty_script_is_an_error() -> None:
    with pytest.raises(RequestInvalid):
        list(ScriptedEngine().generate(ask()))


def test_what_was_asked_can_be_looked_at() -> None:
    engine = ScriptedEngine(["{}"])
    collect(engine.generate(ask(client="c1")))
    assert engine.requests[0].client == "c1"
