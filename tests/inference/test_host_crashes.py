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
from inference.engine_room import EngineRoom
from inference.errors import Deadline, HostFailed, HostGone, RequestInvalid
from inference.listener import Listener, claimed
from inference.options import HostOptions
from inference.supervisor import Supervisor
from inference.types import BEAT, ChunkKind, collect
from inference.wear import PROVEN_FOR_S, Advance
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
    monkeypatch.setattr(supervisor, "SILENCE_S", 1.0)
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
    """Three doctors ask consult after consult, so that no lull comes: the host closes its door, ends and starts afresh under them."""
    failed: list[BaseException] = []
    with Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1, slots=2, recycle=4)) as running:

        def go_on(number: int) -> None:
            engine = HostEngine(running.socket)
            try:
                for turn in range(200):
                    if running.restarts:
                        return
                    assert collect(engine.generate(ask(seed=100 * number + turn, client=f"{number}-{turn // 2}")))[0].finish == "stop"
            except BaseException as error:
                failed.append(error)

        clients = [threading.Thread(target=go_on, args=(number,)) for number in range(3)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert running.recycled == 1, "it waited for a lull that never came"
        wait_for(running.ready, 100)
    assert not failed


@pytest.fixture
def room(card: Path) -> Iterator[EngineRoom]:
    made = EngineRoom(read(str(card)), card.parent / "tiny.gguf", HostOptions(threads=1, slots=2))
    made.start()
    yield made
    made.close()


def test_the_fingerprint_is_proven_again_after_an_hour(room: EngineRoom) -> None:
    proven = room.wear.proven
    assert room.ready() and room.wear.proven == proven
    room.wear.proven -= PROVEN_FOR_S
    assert room.ready() and room.wear.proven > proven


def test_a_host_in_doubt_ends_by_itself(room: EngineRoom, run_folder: Path) -> None:
    """What it writes is not what it wrote at the start: memory or weights have changed under it."""
    room.fingerprint, room.wear.proven = "0" * 16, room.wear.proven - PROVEN_FOR_S
    listener = Listener(room, run_folder / "doubt.sock")
    asyncio.run(asyncio.wait_for(listener.run(), 60))
    assert listener.doubted


def test_a_batch_that_hangs_ends_the_host(room: EngineRoom, run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its event loop answers every ping meanwhile: who asks from outside would wait for ever."""
    over = threading.Event()
    monkeypatch.setattr(room.batcher._context, "decode", lambda entries: over.wait(60))
    room._advance = Advance(0.3)
    listener = Listener(room, run_folder / "hung.sock")

    async def life() -> None:
        running = asyncio.create_task(listener.run())
        await asyncio.sleep(1.2)
        assert not running.done(), "an idle host does not hang"
        room.batcher.submit(ask(), [1, 2, 3], lambda chunks, error: None)
        await asyncio.wait_for(running, 30)

    asyncio.run(life())
    over.set()
    assert listener.stalled


def test_who_waits_outside_has_signs_of_life_and_is_let_in(room: EngineRoom, run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door = threading.Event()
    monkeypatch.setattr(room.wear, "admits", lambda client: door.is_set())
    listener = Listener(room, run_folder / "door.sock")
    running = threading.Thread(target=lambda: asyncio.run(listener.run()))
    running.start()
    stream = HostEngine(run_folder / "door.sock").generate(ask())
    assert [next(stream), next(stream)] == [BEAT, BEAT]
    with pytest.raises(Deadline):
        list(HostEngine(run_folder / "door.sock").generate(ask(deadline_s=0.2)))
    door.set()
    assert collect(stream)[0].finish == "stop" and not room.wear._inside
    room.batcher.broken = RuntimeError("to end it")
    running.join(30)


def test_of_two_hosts_one_gets_the_socket(run_folder: Path) -> None:
    claim = claimed(run_folder / "one.sock")
    with pytest.raises(RequestInvalid, match="already listening"):
        claimed(run_folder / "one.sock")
    os.close(claim)
    os.close(claimed(run_folder / "one.sock"))


def test_a_host_that_the_system_does_not_start_is_a_failure_in_words(card: Path, run_folder: Path) -> None:
    supervised = Supervisor(str(card), run_folder)
    supervised.log_path.mkdir()
    with pytest.raises(HostFailed, match="the system did not start it"):
        supervised.start(60)


def test_a_full_disk_takes_the_log_and_not_the_host(card: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the first host nor the one after a crash needs a line of its log to be on the disk."""
    monkeypatch.setattr(Supervisor, "_log", lambda self: "")  # read, /dev/full would never end
    supervised = Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1, slots=2))
    supervised.log_path.symlink_to("/dev/full")
    with supervised as running:
        wait_for(lambda: running._worked, 30)
        assert running.pid
        os.kill(running.pid, signal.SIGKILL)
        wait_for(lambda: running.restarts == 1 and running.ready(), 100)
        assert collect(HostEngine(running.socket).generate(ask()))[0].finish == "stop"


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
