"""What the host owes its neighbours: no stalls, quick cancels, quick restarts, bounded memory."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from pathlib import Path

from inference.backends.host import HostEngine
from inference.bench.figure import Figure, Goal
from inference.bench.load import Run, follow, request, together
from inference.bench.rig import Rig
from inference.metrics import quantile
from inference.supervisor import Supervisor
from inference.types import ChunkKind


def stall(rig: Rig, running: int, prompt: int, answer: int) -> Figure:
    """p99 of the gaps between tokens of running streams while another client's long prompt is read, against the same streams
    before it comes. The prompt comes when each stream has written a quarter."""
    arrival: list[Run] = []
    writing = threading.Semaphore(0)

    def arrive() -> None:
        for _ in range(running):
            writing.acquire()
        arrival.append(follow(rig.engine.generate(request(rig.engine, prompt, 1, client="late"))))

    def stream(seed: int):  # type: ignore[no-untyped-def]
        pieces = 0
        for chunk in rig.engine.generate(request(rig.engine, 32, answer, seed=seed, client=f"early-{seed}")):
            pieces += chunk.kind is ChunkKind.ANSWER
            if pieces == max(1, answer // 4) and chunk.kind is ChunkKind.ANSWER:
                writing.release()
            yield chunk

    late = threading.Thread(target=arrive)
    late.start()
    runs = together([lambda seed=seed: stream(seed) for seed in range(running)])  # type: ignore[misc]
    late.join()
    came, read, settled = arrival[0].begun, arrival[0].first, max(run.first for run in runs)
    alone = [gap for run in runs for gap in run.gaps(settled, came, whole=True)]
    beside = [gap for run in runs for gap in run.gaps(came, read)]
    overtaken = min(run.ended for run in runs) < read
    detail = {
        "alone_p99_s": quantile(alone, 0.99),
        "beside_p99_s": quantile(beside, 0.99),
        "alone_median_s": quantile(alone, 0.5),
        "beside_median_s": quantile(beside, 0.5),
        "gaps_beside": len(beside),
        "prompt": arrival[0].prompt_tokens,
        "prompt_read_s": read - came,
        "a_stream_ended_before": float(overtaken),
    }
    return Figure(f"gap p99, {running} streams beside a long prompt", detail["beside_p99_s"] / max(1e-9, detail["alone_p99_s"]), "x", Goal(3, "most"), detail)


def cancel(rig: Rig, prompt: int, in_prefill: bool) -> Figure:
    """Seconds from leaving a stream to an idle host."""
    stream = rig.engine.generate(request(rig.engine, prompt, rig.context))
    wanted = ChunkKind.PREFILL if in_prefill else ChunkKind.ANSWER
    next(chunk for chunk in stream if chunk.kind is wanted)
    begun = time.monotonic()
    stream.close()  # type: ignore[attr-defined]
    while rig.engine.metrics()["slots_busy"]:
        time.sleep(0.005)
    name, most = ("cancel while a prompt is read", 5.0) if in_prefill else ("cancel while it writes", 3.0)
    return Figure(name, time.monotonic() - begun, "s", Goal(most, "most"), {"prompt": prompt})


def restart(rig: Rig) -> Figure:
    """Seconds from kill -9 to a host that has proved itself again."""
    pid = rig.host.pid
    assert pid is not None
    begun = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    while rig.host.pid in (pid, None) or not rig.host.ready():
        time.sleep(0.02)
    return Figure("restart after kill -9", time.monotonic() - begun, "s", Goal(15, "most"))


def memory(rig: Rig) -> Figure:
    """Bytes that one more sample takes: resident memory of a fresh host with all its places less one with a single place."""
    with tempfile.TemporaryDirectory(prefix="cns-") as folder:
        options = [type(rig.options)(**{**vars(rig.options), "slots": slots}) for slots in (1, rig.options.slots)]
        sizes = []
        for i, one in enumerate(options):
            with Supervisor(rig.card, Path(folder), one, rig.weights.parent, name=f"m{i}") as host:
                sizes.append(HostEngine(host.socket).metrics()["resident_bytes"])
    each = (sizes[1] - sizes[0]) / max(1, rig.options.slots - 1)
    return Figure("memory of one sample", each / 2**20, "MiB", None, {"context": rig.context, "host_mib": sizes[1] / 2**20})


def growth(rig: Rig, requests: int, warm: int = 100) -> Figure:
    """Resident bytes gained over many small requests of different clients, after some to settle."""
    for seed in range(-min(warm, requests), 0):
        follow(rig.engine.generate(request(rig.engine, 32, 8, seed=-seed, client=f"w{seed}")))
    before = rig.engine.metrics()["resident_bytes"]
    for seed in range(requests):
        follow(rig.engine.generate(request(rig.engine, 32, 8, seed=seed, client=f"c{seed}")))
    after = rig.engine.metrics()["resident_bytes"]
    return Figure(f"growth over {requests} requests", (after - before) / 2**20, "MiB", Goal(1, "most"), {"host_mib": after / 2**20})
