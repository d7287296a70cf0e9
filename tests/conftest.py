"""For the whole suite: the fence around the log lets Django's flush through; a real Redis and a small real library are at hand.

Everything lies in the data folder that tests/settings.py makes. Nothing here touches the developer's own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from clinic.audit import fence
from clinic.deploy import checks
from clinic.deploy.process import Child, Process

ROOT = Path(__file__).resolve().parent.parent
CALM: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("house", derandomize=True, **CALM)
hypothesis.settings.register_profile("long", max_examples=2000, **CALM)
hypothesis.settings.load_profile("long" if os.environ.get("CONSILIUM_LONG") else "house")
"""The same examples every time and no clock: a run fails because of a change, never by luck. `CONSILIUM_LONG=1` looks for new ones."""
SHELF = ("af-anticoagulation", "h-pylori", "gout")
"""Guidelines of the small library: enough for a real consult, few enough to embed in seconds."""


def environment() -> dict[str, str]:
    """For a process of the product that a test starts: the product's settings on the test run's data."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "clinic.settings", "PYTHONUNBUFFERED": "1", "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1"}


def eventually(what: Any, seconds: float, every: float = 0.05) -> Any:
    """The first true value of `what()`; fails when none comes in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := what():
            return value
        time.sleep(every)
    pytest.fail(f"did not come true within {seconds:g} s")


@pytest.fixture(autouse=True, scope="session")
def flush_lowers_the_fence() -> Iterator[None]:
    """Only Django's flush between tests gets through; a test that changes the log must lower the fence itself."""
    execute = BaseDatabaseOperations.execute_sql_flush

    def lowered(self: BaseDatabaseOperations, statements: Any) -> None:
        fence.lower_fence(connection)
        try:
            execute(self, statements)
        finally:
            fence.raise_fence(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", lowered)
        yield


@pytest.fixture(scope="session")
def logs() -> Path:
    folder: Path = settings.DATA / "logs"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def redis_process(logs: Path) -> Iterator[Child]:
    """The Redis of the settings, as `make run` starts it."""
    line = Process("redis", checks.redis_command(settings.DATA), ready=checks.redis_answers, quiet=True)
    child = Child(line, ROOT, environment(), logs, print)
    child.start()
    eventually(child.ready, 20)
    yield child
    child.ask_to_stop()
    child.stop(time.monotonic() + 3)


@pytest.fixture(scope="session")
def library_digest() -> str:
    """A published index generation of a few guidelines, with real vectors, where the settings look for it."""
    from clinic import wiring
    from retrieval.build import build
    from retrieval.collection import load_fixtures, search_terms

    whole = load_fixtures(settings.FIXTURES)
    some = [passage for passage in whole.passages if passage.source in SHELF]
    assert some, f"no passage of {SHELF}"
    return build(some, wiring.embedder(), settings.INDEX, terms=search_terms(whole.formulary, whole.glossary))
