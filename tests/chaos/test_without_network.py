"""A whole consult where there is no network at all, not even a loopback: retrieval, model host, checks (promises.md, row 18)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from tests.chaos.conftest import EXAMPLE
from tests.conftest import ROOT, environment

NOWHERE = ("unshare", "--net", "--")
pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]


@pytest.fixture
def nowhere() -> tuple[str, ...]:
    """What to put before a command so that it runs in an empty network namespace."""
    for command in (NOWHERE, ("unshare", "--map-root-user", *NOWHERE[1:])):
        if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    pytest.skip("this system does not allow network namespaces")


def test_there_is_nobody(nowhere: tuple[str, ...]) -> None:
    """The namespace is empty: its only device is down, and connecting to oneself fails."""
    knock = "import socket, sys; sys.exit(socket.socket().connect_ex(('127.0.0.1', 9)) != 101)"  # ENETUNREACH
    assert subprocess.run([*nowhere, sys.executable, "-c", knock]).returncode == 0


def test_a_consult_needs_nobody(nowhere: tuple[str, ...], library_digest: str) -> None:
    file = settings.FIXTURES / "disagreements" / f"{EXAMPLE}.yaml"
    command = [*nowhere, sys.executable, "manage.py", "arbitrate", str(file), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    assert result["stability"]["runs"] >= 4 and result["index"] == library_digest
