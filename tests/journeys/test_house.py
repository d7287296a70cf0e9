"""`make run` itself: what it refuses, that a second start is quick, that nothing outlives it, that it mends what dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT, eventually
from tests.journeys.conftest import House, free_port, start

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
NAMES = ("redis-server", "celery", "sweep", "uvicorn", "inference.host")


def family(house: House) -> list[psutil.Process]:
    return psutil.Process(house.process.pid).children(recursive=True)


def called(processes: list[psutil.Process], word: str) -> list[psutil.Process]:
    return [one for one in processes if word in _command(one)]


def _command(process: psutil.Process) -> str:
    """Empty for one that has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def refused(data: Path, port: int) -> str:
    result = subprocess.run(
        [sys.executable, "clinic/deploy/run.py", "--port", str(port)],
        cwd=ROOT, env={**os.environ, "CONSILIUM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "clinic.settings"}, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert result.returncode == 1
    return result.stderr


def test_every_process_of_the_table_runs(house: House) -> None:
    running = family(house)
    for name in NAMES:
        assert called(running, name), f"{name} is not among {[p.name() for p in running]}"


def test_terminal_shows_address_and_logins(house: House) -> None:
    said = house.text()
    assert f"http://localhost:{house.port}/" in said
    assert "dr-adeyemi" in said and "consilium-demo" in said
    assert "Traceback" not in said


def test_second_house_on_the_same_data_is_refused(house: House) -> None:
    said = refused(house.data, free_port())
    assert "already runs" in said and "CONSILIUM_DATA=" in said


def test_taken_port_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = refused(tmp_path, other.getsockname()[1])
    assert "make run PORT=" in said


def test_too_long_a_data_folder_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path / ("x" * 60) / ("y" * 60), 0)
    assert "too long for a socket" in said


@pytest.mark.parametrize("name", ["uvicorn", "redis-server", "sweep"])
def test_killed_process_is_started_again(house: House, name: str) -> None:
    (victim, *_) = called(family(house), name)
    os.kill(victim.pid, signal.SIGKILL)
    eventually(lambda: [p for p in called(family(house), name) if p.pid != victim.pid], 60)
    assert "starting it again" in house.text()


def test_nothing_outlives_ctrl_c_and_the_second_start_is_quick(house: House) -> None:
    """Stops and starts the session's house; keep it last in its file."""
    running = family(house)
    took = house.end()
    print(f"ending took {took:.1f} s")
    assert house.process.returncode == 0
    gone, alive = psutil.wait_procs(running, timeout=5)
    assert not alive, [p.cmdline() for p in alive]
    again = start(house.data, house.port)
    house.process, house.terminal, house.started_s = again.process, again.terminal, again.started_s
    print(f"second start: {again.started_s:.1f} s")
    assert "passages embedded" not in again.text(), "the index was built again"
    assert "demonstration hospital" not in again.text(), "what has not changed was prepared again"


def test_kill_9_of_the_house_leaves_nothing(tmp_path: Path, house: House) -> None:
    """Even without a chance to tidy up: the kernel ends the children with their parent."""
    running = family(house)
    house.process.kill()
    house.process.wait(10)
    gone, alive = psutil.wait_procs(running, timeout=10)
    assert not alive, [p.cmdline() for p in alive]
    time.sleep(0.5)
    again = start(house.data, house.port)
    house.process, house.terminal = again.process, again.terminal
