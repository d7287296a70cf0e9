"""What hangs on the database, once more on PostgreSQL: the log and its fence, jobs and leases, people who act at the same moment, searches."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.deploy.postgres import serving

pytestmark = pytest.mark.timeout(900)
TESTS = (
    "tests/audit/test_fence.py",
    "tests/audit/test_record.py",
    "tests/consults/test_lease.py",
    "tests/disagreements/test_races.py",
    "tests/disagreements/test_worklist.py",
    "tests/knowledge/test_races.py",
    "tests/knowledge/test_bringing_in.py",
    "tests/cases",
)
"""A minute's worth; `CONSILIUM_TEST_POSTGRES` (tests/settings.py) runs any other part."""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with serving() as environment:
        yield environment


def test_the_same_tests_pass_on_postgresql(server: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **server}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout


def test_a_database_that_might_be_needed_is_not_emptied(server: dict[str, str]) -> None:
    named = {**os.environ, **server, "CONSILIUM_TEST_POSTGRES": "consilium"}
    done = subprocess.run([sys.executable, "-c", "import tests.settings"], cwd=ROOT, env=named, capture_output=True, text=True)
    assert done.returncode != 0 and "does not begin with test_" in done.stderr
