"""A real host that is killed, crashes, hangs, is recycled or doubts itself: only running requests fail, and it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference import supervisor
from inference.backends.host import HostEngine
from inference.engine_room import PROVEN_FOR_S, EngineRoom
from inference.errors import HostGone
from inference.listener import Listener
from inference.options import HostOptions
from inference.supervisor import Supervisor
from inference.types import ChunkKind, collect
from models.catalogue import read
from tests.inference.contract import ask
from tests.inference.life import CONTEXT, ENDLESS, busy, first, wait_for

CRASHES = 100 if os.environ.get("CONSILIUM_LONG") else 10


def test_crashes_in_a_row_leave_nothing_stuck(card: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed again and again while it writes: each running request fails at once and in words, each new one is written."""
    monkeypatch.setattr(supervisor, "LONGEST_WAIT_S", 0.2)
    slowest = 0.0
    with Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1, slots=2, context=CONTEXT)) as running:
        engine = HostEngine(running.socket)
        for number in range(CRASHES):
            streams = [engine.generate(ask(**ENDLESS)) for _ in range(2)]
            for stream in streams:
                first(stream, ChunkKind.THINK)
            os.kill(running.pid or 0, (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)[number % 3])
            for stream in streams:
                with pytest.raises(HostGone):
                    list(stream)
            slowest = max(slowest, wait_for(running.ready, 60))
            assert collect(engine.generate(ask()))[0].finish == "stop"
        assert running.restarts == CRASHES and not busy(engine)
    print(f"{CRASHES} crashes; back after {slowest:.1f} s at the latest")
    assert slowest <= 15


def test_a_killed_host_is_gone_for_its_client_and_comes_back(own: Supervisor) -> None:
    engine = HostEngine(own.socket)
    stream = engine.generate(ask(**ENDLESS))
    first(stream, ChunkKind.THINK)
    old = own.pid
    assert old
    os.kill(old, signal.SIGKILL)
    with pytest.raises(HostGone) as gone:
        list(stream)
    assert gone.value.retryable
    wait_for(own.ready, 100)
    assert own.pid != old and own.restarts == 1
    assert collect(engine.generate(ask()))[0].finish == "stop"


def test_a_native_crash_is_a_restart(own: Supervisor) -> None:
    os.kill(own.pid or 0, signal.SIGSEGV)
    wait_for(lambda: own.restarts == 1 and own.ready(), 100)


def test_a_host_that_hangs_is_ended_and_started_again(
    card: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PING_S", 0.3)
    monkeypatch.setattr(supervisor, "PINGS_MISSED", 2)
    with Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1)) as running:
        time.sleep(0.7)  # it has answered a ping
        hung = running.pid or 0
        os.kill(hung, signal.SIGSTOP)
        wait_for(lambda: running.restarts >= 1 and running.pid != hung and running.ready(), 100)


def test_a_host_with_worn_memory_starts_afresh(card: Path, run_folder: Path) -> None:
    with Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1, slots=2, recycle=4)) as running:
        engine = HostEngine(running.socket)
        for _ in range(6):
            assert collect(engine.generate(ask()))[0].finish == "stop"
            time.sleep(0.3)
        wait_for(lambda: running.restarts >= 1 and running.ready(), 100)


def test_recycling_fails_no_request(card: Path, run_folder: Path) -> None:
    """Three clients go on without a pause while the host ends and starts afresh under them."""
    failed: list[BaseException] = []
    with Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1, slots=2, recycle=8)) as running:

        def go_on(number: int) -> None:
            engine = HostEngine(running.socket)
            try:
                for turn in range(12):
                    assert collect(engine.generate(ask(seed=100 * number + turn)))[0].finish == "stop"
                    time.sleep(0.1)
            except BaseException as error:
                failed.append(error)

        clients = [threading.Thread(target=go_on, args=(number,)) for number in range(3)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        wait_for(lambda: running.restarts >= 1 and running.ready(), 100)
    assert not failed


@pytest.fixture
def room(card: Path) -> Iterator[EngineRoom]:
    made = EngineRoom(read(str(card)), card.parent / "tiny.gguf", HostOptions(threads=1, slots=2))
    made.start()
    yield made
    made.close()


def test_the_fingerprint_is_proven_again_after_an_hour(room: EngineRoom) -> None:
    proven = room._proven
    assert room.ready() and room._proven == proven
    room._proven -= PROVEN_FOR_S
    assert room.ready() and room._proven > proven


def test_a_host_in_doubt_ends_by_itself(room: EngineRoom, run_folder: Path) -> None:
    """What it writes is not what it wrote at the start: memory or weights have changed under it."""
    room.fingerprint, room._proven = "0" * 16, room._proven - PROVEN_FOR_S
    listener = Listener(room, run_folder / "doubt.sock")
    asyncio.run(asyncio.wait_for(listener.run(), 60))
    assert listener.doubted


def test_an_abort_in_native_code_prints_no_callers_arguments() -> None:
    """ggml would start gdb, whose backtrace shows what strings its callers held."""
    code = (
        "from inference import isolation; isolation.no_core_dumps();"
        "import ctypes, llama_cpp, pathlib; folder = pathlib.Path(llama_cpp.__file__).parent / 'lib';"
        "ctypes.CDLL(str(next(folder.glob('libggml-base.*')))).ggml_abort(b'file', 1, b'on purpose')"
    )
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert died.returncode == -signal.SIGABRT and "on purpose" in died.stderr
    assert "#0" not in died.stderr and "ggml_abort" not in died.stderr
