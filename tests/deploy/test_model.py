"""The keeper of the model hosts, with real ones: started when chosen, ended after their last consult, started again, their state written down."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clinic import wiring
from clinic.consults import routing
from clinic.consults.models import Consult, Host, State
from clinic.deploy.model import Keeper
from inference.backends.host import HostEngine
from inference.options import HostOptions
from inference.wire import socket_path
from models.catalogue import default, read
from tests.conftest import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.model]
START_S = 120.0


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cns-") as name:
        yield Path(name)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(folder: Path, said: list[str]) -> Iterator[Keeper]:
    keeper = Keeper(folder, HostOptions(nice=0, threads=1, slots=2, context=256), said.append)
    yield keeper
    keeper.close()


@pytest.fixture
def second(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The bundled model once more, in a folder of the hospital's own."""
    own = folder / "second"
    shutil.copytree(default().folder, own)
    card = own / "card.toml"
    card.write_text(card.read_text().replace(f'"{default().name}"', '"second"'))
    known = {**wiring.cards(), "second": read(str(card))}
    monkeypatch.setattr(wiring, "cards", lambda fresh=False: known)
    return "second"


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *models: monkeypatch.setattr(routing, "in_use", lambda: models)


def engine(folder: Path, model: str) -> HostEngine:
    return HostEngine(socket_path(folder, model), patience_s=0)


def test_it_works(keeper: Keeper, folder: Path) -> None:
    eventually(keeper.look, START_S)
    assert engine(folder, default().name).identity().model == default().name
    row = Host.objects.get()
    assert row.ready and row.pid and not row.says


def test_a_chosen_model_gets_its_host_and_the_other_ends_after_its_consults(
    keeper: Keeper, folder: Path, second: str, wanted: Callable[..., None]
) -> None:
    wanted(default().name)
    eventually(keeper.look, START_S)
    wanted(second, default().name)
    eventually(keeper.look, START_S)
    assert engine(folder, second).identity().model == second and engine(folder, default().name).live()
    wanted(second)
    keeper.look()
    assert not engine(folder, default().name).live() and engine(folder, second).live()
    assert {row.model: row.kept for row in Host.objects.all()} == {default().name: False, second: True}


def test_a_host_that_dies_is_counted_and_started_again(keeper: Keeper, folder: Path, said: list[str]) -> None:
    eventually(keeper.look, START_S)
    os.kill(Host.objects.get().pid or 0, signal.SIGKILL)
    eventually(lambda: keeper.look() and Host.objects.get().crashes == 1, START_S)
    assert any("ended by itself" in line for line in said)


@pytest.mark.parametrize("model", ["r1-distill-qwen-7b", "no-such-model"])
def test_a_model_that_cannot_run_is_said_and_not_waited_for(
    model: str, keeper: Keeper, said: list[str], wanted: Callable[..., None]
) -> None:
    wanted(model)
    eventually(keeper.look, START_S)
    row = Host.objects.get()
    assert row.says and not row.ready
    assert any(f"No host for {model}" in line for line in said)


def test_a_second_host_waits_until_the_memory_is_free(
    keeper: Keeper, folder: Path, second: str, wanted: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.deploy.model.fits", lambda cards: len(list(cards)) == 1)
    wanted(default().name)
    eventually(keeper.look, START_S)
    wanted(second, default().name)
    keeper.look()
    assert "Waits for memory" in Host.objects.get(model=second).says and not engine(folder, second).live()
    wanted(second)
    eventually(keeper.look, START_S)
    assert engine(folder, second).identity().model == second


def test_queued_consults_keep_the_host_of_their_model() -> None:
    Consult.objects.create(kind="arbitration", brief={}, requested_by="dr-adeyemi", model="second", state=State.QUEUED)
    Consult.objects.create(kind="arbitration", brief={}, requested_by="dr-adeyemi", model="third", state=State.CANCELLED)
    assert routing.in_use() == (default().name, "second")
