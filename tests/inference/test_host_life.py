"""A real host process and a real socket: how it starts, refuses, is cancelled, and dies."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from inference.backends.host import HostEngine
from inference.errors import Deadline, HostBusy, HostFailed, RequestTooLong
from inference.options import HostOptions
from inference.supervisor import Supervisor
from inference.types import ChunkKind, Segment, collect
from tests.inference import tiny
from tests.inference.contract import ask
from tests.inference.life import ENDLESS, busy, first, wait_for


def test_only_its_user_may_open_the_socket(host: Supervisor) -> None:
    assert stat.S_IMODE(host.socket.stat().st_mode) == 0o600


def test_a_second_host_does_not_take_a_live_socket(host: Supervisor, card: Path) -> None:
    command = [sys.executable, "-m", "inference.host", str(card), "--socket", str(host.socket)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert second.returncode == 3 and "already listening" in second.stderr


def test_leaving_the_stream_frees_the_host(engine: HostEngine) -> None:
    stream = engine.generate(ask(**ENDLESS))
    first(stream, ChunkKind.THINK)
    stream.close()  # type: ignore[attr-defined]
    assert wait_for(lambda: not busy(engine)) < 3


def test_over_capacity_is_refused_at_once_with_the_queue_length(own: Supervisor) -> None:
    engine = HostEngine(own.socket)
    running = [engine.generate(ask(**ENDLESS)) for _ in range(2)]
    for stream in running:
        first(stream, ChunkKind.THINK)
    waiting = engine.generate(ask(**ENDLESS))
    assert next(waiting).position == 1
    with pytest.raises(HostBusy) as refused:
        list(engine.generate(ask()))
    assert refused.value.data["queue"] == 1 and engine.metrics()["slots_busy"] == 2, "it was waited for a place"
    for stream in [*running, waiting]:
        stream.close()  # type: ignore[attr-defined]
    wait_for(lambda: not busy(engine))


def test_a_deadline_ends_the_request(engine: HostEngine) -> None:
    with pytest.raises(Deadline):
        list(engine.generate(ask(deadline_s=0.1, **ENDLESS)))
    wait_for(lambda: not busy(engine))


def test_more_samples_than_slots_are_all_written(own: Supervisor) -> None:
    done = collect(HostEngine(own.socket).generate(ask(samples=5)))
    assert len(done) == 5 and all(one.finish == "stop" for one in done)


def test_leaving_while_the_prompt_is_read_frees_the_host(engine: HostEngine) -> None:
    stream = engine.generate(ask(segments=(Segment(text="a b c d " * 110),), **ENDLESS))
    first(stream, ChunkKind.PREFILL)
    stream.close()  # type: ignore[attr-defined]
    assert wait_for(lambda: not busy(engine)) < 5


def test_it_ends_with_its_parent(card: Path, run_folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from inference.supervisor import Supervisor;"
        "s = Supervisor(sys.argv[1], Path(sys.argv[2])); s.start(); print(s.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(card), str(run_folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not alive(child))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_changed_file_is_refused(run_folder: Path, tmp_path: Path) -> None:
    card = tiny.card(tmp_path / "altered")
    with (tmp_path / "altered/tiny.gguf").open("r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(b"\1")
    with pytest.raises(HostFailed, match="WeightsInvalid"):
        Supervisor(str(card), run_folder).start(200)


def test_an_unpinned_file_is_refused(run_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(HostFailed, match="WeightsInvalid"):
        Supervisor(str(tiny.card(tmp_path / "unpinned", sha256="")), run_folder).start(200)


def test_a_missing_file_is_named(run_folder: Path, tmp_path: Path) -> None:
    card = tiny.card(tmp_path / "absent")
    (tmp_path / "absent/tiny.gguf").unlink()
    with pytest.raises(HostFailed, match="WeightsMissing"):
        Supervisor(str(card), run_folder).start(200)


def test_an_unknown_model_is_refused(run_folder: Path) -> None:
    with pytest.raises(HostFailed, match="UnknownModel"):
        Supervisor("r1-distill-qwen-2b", run_folder).start(200)


def test_it_is_live_while_it_works(engine: HostEngine) -> None:
    stream = engine.generate(ask(**ENDLESS))
    first(stream, ChunkKind.THINK)
    assert engine.ready() and busy(engine), "it answered when the work was done"
    stream.close()  # type: ignore[attr-defined]
    wait_for(lambda: not busy(engine))


@pytest.mark.parametrize("text", ["Dr Brandt writes: apixaban 2.5 mg. ", "</think>"], ids=["prose", "spelled tags"])
def test_a_monstrous_prompt_is_refused_and_stops_nobody(own: Supervisor, text: str) -> None:
    """Tokenised where the socket is served, it would hold up every stream and every ping for longer than a host may be silent."""
    engine = HostEngine(own.socket)
    with pytest.raises(RequestTooLong):
        list(engine.generate(ask(segments=(Segment(text=text * (7_000_000 // len(text))),))))
    assert own.restarts == 0 and collect(engine.generate(ask()))[0].finish == "stop"


def test_no_text_of_one_client_reaches_another(engine: HostEngine) -> None:
    """Two clients at once and in turn: what one writes is the same with and without the other, canary and all."""
    secret = Segment(text="CANARY-5f1d2c9a allergic to penicillin. ")
    alone = collect(engine.generate(ask(seed=3, client="b")))

    def other() -> None:
        for seed in range(4):
            collect(engine.generate(ask(segments=(secret,) * 4, seed=seed, client="a", samples=2)))

    for _ in range(2):
        crowd = threading.Thread(target=other)
        crowd.start()
        beside = collect(engine.generate(ask(seed=3, client="b")))
        crowd.join()
        assert beside == alone
    assert collect(engine.generate(ask(seed=3, client="b"))) == alone
    assert "CANARY" not in "".join(one.think + one.answer for one in alone)


def test_nothing_of_the_prompt_is_in_the_log(host: Supervisor, engine: HostEngine) -> None:
    collect(engine.generate(ask(segments=(Segment(text="CANARY-77aa"),))))
    assert "CANARY" not in host.log_path.read_text()


def test_keys_and_values_are_overwritten_when_the_host_falls_idle(engine: HostEngine) -> None:
    collect(engine.generate(ask()))
    wait_for(lambda: not busy(engine))
    before = engine.metrics()["wipes_total"]
    collect(engine.generate(ask()))
    wait_for(lambda: engine.metrics()["wipes_total"] > before)


def test_only_requests_of_one_client_share_a_prefix(engine: HostEngine) -> None:
    def shared(clients: tuple[str, str]) -> float:
        before = engine.metrics().get("shared_tokens_total", 0)
        streams = [engine.generate(ask(client=client, **ENDLESS)) for client in clients]
        for stream in streams:
            first(stream, ChunkKind.THINK)
        for stream in streams:
            stream.close()  # type: ignore[attr-defined]
        wait_for(lambda: not busy(engine))
        return engine.metrics().get("shared_tokens_total", 0) - before

    assert shared(("a", "b")) == shared(("", "")) == 0
    assert shared(("a", "a")) == engine.count(ask().segments) - 1


def test_a_crowd_that_comes_and_goes_leaves_everything_as_it_was(engine: HostEngine) -> None:
    """Requests of all sizes, half of them left in the middle: every slot is free again and nothing has rubbed off."""
    alone = collect(engine.generate(ask(seed=21, client="z")))
    failed: list[BaseException] = []

    def visit(number: int) -> None:
        dice = random.Random(number)
        try:
            for _ in range(4):
                text = Segment(text=f"patient {number} " * dice.randrange(1, 100))
                stream = engine.generate(ask(segments=(text,), samples=dice.randrange(1, 4), client=f"c{number % 3}", seed=number))
                for _ in range(dice.choice([1, 3, 10_000])):
                    if next(stream, None) is None:
                        break
                stream.close()  # type: ignore[attr-defined]
        except HostBusy:
            pass
        except BaseException as error:
            failed.append(error)

    crowd = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
    for visitor in crowd:
        visitor.start()
    for visitor in crowd:
        visitor.join()
    assert not failed
    wait_for(lambda: not busy(engine))
    assert collect(engine.generate(ask(seed=21, client="z"))) == alone


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA is Linux's")
def test_a_host_over_its_memory_limit_does_not_start(card: Path, run_folder: Path) -> None:
    with pytest.raises(HostFailed):
        Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1, memory_limit=30_000_000)).start(200)
