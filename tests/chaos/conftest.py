"""A real house without the web: Redis, model host, Celery worker and sweeper as processes, on the database of the test."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from clinic.cases.models import Case
from clinic.consults.models import Consult
from clinic.deploy.process import Child, Process
from clinic.deploy.run import processes
from clinic.disagreements import actions
from clinic.evaluation import demo
from clinic.people.models import User
from clinic.reasoning import intake
from inference.backends.host import HostEngine
from inference.options import HostOptions
from inference.supervisor import Supervisor
from models.catalogue import UnknownModel, default
from tests.conftest import ROOT, environment, eventually

EXAMPLE = "af-ckd-apixaban-or-warfarin"
STEP_S = 240.0
"""How long a consult may take in these tests, on a machine with other work."""


@dataclass
class House:
    """The processes, and what a test does to them."""

    redis: Child
    host: Supervisor
    worker: Child
    sweeper: Child

    @property
    def engine(self) -> HostEngine:
        return HostEngine(self.host.socket)

    def kill(self, child: Child) -> None:
        """kill -9 of the process and all that it started."""
        assert child.pid
        os.killpg(child.pid, signal.SIGKILL)
        eventually(lambda: child.pid is None, 10)

    def begin(self, child: Child) -> None:
        child.start()
        eventually(child.ready, STEP_S)

    def mend(self) -> None:
        """Whatever a test broke runs again."""
        for child in (self.redis, self.worker, self.sweeper):
            if child.pid is None:
                self.begin(child)
        eventually(self.host.ready, STEP_S)

    def hold(self) -> None:
        """Stops the model host in its tracks: a consult that has begun stays in the middle."""
        assert self.host.pid
        os.kill(self.host.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        if self.host.pid:
            os.kill(self.host.pid, signal.SIGCONT)


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bundled model; a random one of the same shape where a copy has none."""
    try:
        return default().name
    except UnknownModel:
        from tests.inference import tiny

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tiny, "CONTEXT", 16384)
            return str(tiny.card(tmp_path_factory.mktemp("models") / "tiny-r1", context=16384, dialect="symbols"))


@pytest.fixture(scope="session")
def running(redis_process: Child, card: str, library_digest: str, logs: Path, django_db_setup: None) -> Iterator[House]:
    table = {line.name: line for line in processes("127.0.0.1", 0)}
    sweeper = Process("sweeper", (sys.executable, "manage.py", "sweep"))
    worker, swept = (Child(line, ROOT, environment(), logs, print) for line in (table["worker"], sweeper))
    host = Supervisor(card, settings.SOCKETS, HostOptions(threads=1))
    house = House(redis_process, host, worker, swept)
    worker.start()
    swept.start()
    try:
        host.start()
        eventually(worker.ready, STEP_S)
        yield house
    finally:
        house.go_on()
        for child in (worker, swept):
            child.ask_to_stop()
        until = time.monotonic() + 3
        for child in (worker, swept):
            child.stop(until)
        host.stop()


@pytest.fixture
def house(running: House, transactional_db: None) -> Iterator[House]:
    """The house with nothing in its tables; left whole for the next test."""
    running.mend()
    yield running
    running.go_on()
    running.mend()
    eventually(lambda: not Consult.objects.filter(state__in=("queued", "running")).exists(), STEP_S)


@pytest.fixture
def ask(house: House) -> Callable[[], Consult]:
    """Two doctors seal their opinions and ask for the consult, as the pages do it. Each call is a new patient."""
    data = demo.read(settings.FIXTURES / "disagreements" / f"{EXAMPLE}.yaml")
    dispute = intake.dispute(data)
    first, second = (
        User.objects.create(username=name, name=name, last_name=name, role="clinician", hospital="demo") for name in ("dr-adeyemi", "dr-brandt")
    )

    def once() -> Consult:
        case = Case.objects.create(hospital="demo", number=f"T-{Case.objects.count()}", name="Test Patient", sex="female")
        demo.fill(case, data["case"])
        row = actions.open_disagreement(case, dispute.question, first, second, by=first)
        actions.seal(row, dispute.x, 80, by=first)
        actions.seal(row, dispute.y, 70, by=second)
        return actions.request_consult(row, by=first)

    return once


def reached(consult: Consult, *states: str) -> Callable[[], Any]:
    """True once the consult is in one of the states; refreshes the row."""

    def look() -> bool:
        consult.refresh_from_db()
        return consult.state in states

    return look
