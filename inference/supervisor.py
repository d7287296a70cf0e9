"""Keeps one model host running: starts it, waits until it is ready, starts it again when it ends.

    with Supervisor("r1-distill-qwen-7b", run_folder) as host:
        engine = HostEngine(host.socket)

The host is exec'd, never forked, in a session of its own, and dies with this process. One thread starts and watches it:
Linux ties a child's life to the very thread that started it.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

from inference.backends.host import HostEngine
from inference.errors import HostFailed
from inference.options import HostOptions
from inference.wire import socket_path

log = logging.getLogger("inference.supervisor")

NOT_STARTED = 71
"""In place of an exit code, where there was no process."""
REFUSED = 3
"""The host's exit code for "starting me again changes nothing"."""
STEADY_S = 30.0
"""A host that lived this long starts again at once; a shorter life doubles the wait."""
LONGEST_WAIT_S = 10.0
"""A small model is back within 15 s of any crash, however many went before it (promises.md, row 13)."""
PING_S = 1.0
SILENCE_S = 3.0
PINGS_MISSED = 3
"""Between two pings; how long each is waited for; a host that leaves so many unanswered hangs, and is ended: after 12 s at most. Its
event loop answers in milliseconds, whatever the batch does, and is not that long without a core even beside much other work. A batch
that hangs the host sees by itself (engine_room.py)."""
LOG_LINES = 20
LOG_BYTES = 1 << 20
NATIVE_DEATHS = (signal.SIGSEGV, signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE)
AMX_HINT = (
    "it died in native code during its self-test. If this processor has AMX, llama.cpp must be built without it: "
    "`python -m inference.build_llama --force`"
)


class Supervisor:
    def __init__(
        self, card: str, folder: Path, options: HostOptions | None = None, weights: Path | None = None, name: str = ""
    ) -> None:
        """`card`: a catalogue name or a card.toml; `folder`: where socket and log lie."""
        self.card, self._options, self._weights = card, options or HostOptions(), weights
        self.name = name or (Path(card).parent.name if card.endswith(".toml") else card)
        self.socket = socket_path(folder, self.name)
        self.log_path = self.socket.with_suffix(".log")
        self.restarts = self.recycled = 0
        """All restarts, and those among them that the host asked for after its number of requests."""
        self.failure: HostFailed | None = None
        """Set when the host will not be started again."""
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._fingerprint = self._unborn = ""
        self._worked = False
        """It has answered once, whether or not there was room on the disk for its log."""
        self._stop, self._settled = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"host-{self.name}", daemon=True)

    def start(self, timeout: float = 600.0) -> None:
        """Returns when the host answers; raises HostFailed with the end of its log where it does not."""
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if self.failure:
                raise self.failure
            if self.ready():
                return
            self._settled.wait(0.05)
        self.stop()
        raise HostFailed(self.name, f"it was not ready within {timeout:g} s", self.tail())

    def ready(self) -> bool:
        return self._process is not None and HostEngine(self.socket).ready()

    @property
    def pid(self) -> int | None:
        """The running host, if any."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def stop(self) -> None:
        self._stop.set()
        self._end(self._process)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def tail(self) -> str:
        """The last lines that the host of this life wrote to its log."""
        return "\n".join(self._log().splitlines()[-LOG_LINES:])

    def __enter__(self) -> Supervisor:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # -- the watching thread

    def _watch(self) -> None:
        wait = 0.2
        while not self._stop.is_set():
            born = time.monotonic()
            code = self._run_once()
            if self._stop.is_set():
                return
            log.warning("host %s ended with %s", self.name, code)
            if self._hopeless(code):
                return
            wait = 0.2 if code == 0 or time.monotonic() - born > STEADY_S else min(wait * 2, LONGEST_WAIT_S)
            self.restarts += 1
            self.recycled += code == 0
            self._stop.wait(wait)

    def _run_once(self) -> int:
        try:
            self._trim_log()
            with self.log_path.open("ab") as sink:
                self._log_start = sink.tell()
                self._process = subprocess.Popen(
                    self._command(), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True, env=_environment()
                )
        except OSError as error:  # a full disk, no process or file left to have: this thread must outlive it
            self._unborn = f"the system did not start it ({error})"
            return NOT_STARTED
        self._unborn = ""
        return self._wait(self._process)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        """Until the host ends by itself, or hangs and is ended."""
        missed, answered = 0, False
        while missed < PINGS_MISSED:
            try:
                return process.wait(timeout=PING_S)
            except subprocess.TimeoutExpired:
                alive = HostEngine(self.socket, silence_s=SILENCE_S).live()
                answered = answered or alive
                self._worked = self._worked or alive
                missed = missed + 1 if answered and not alive else 0
        log.warning("host %s hangs; it is ended", self.name)
        process.kill()
        return process.wait()

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", "inference.host", self.card, "--socket", str(self.socket), "--parent", str(os.getpid())]
        command += self._options.arguments()
        command += ["--weights", str(self._weights)] if self._weights else []
        return [*command, *(["--fingerprint", self._fingerprint] if self._fingerprint else [])]

    def _log(self) -> str:
        """What the host of this life wrote."""
        try:
            return self.log_path.read_bytes()[self._log_start :].decode("utf-8", "replace")
        except OSError:
            return ""

    def _hopeless(self, code: int) -> bool:
        """Notes the fingerprint of a host that worked; gives up on one that refused, or that never once came up."""
        said = self._log()
        found = re.findall(r"ready: fingerprint (\w+)", said)
        self._fingerprint = self._fingerprint or (found[-1] if found else "")
        if (self._fingerprint or self._worked) and code != REFUSED:
            return False
        native = -code in NATIVE_DEATHS and "self-test" in said
        why = self._unborn or (AMX_HINT if native else _ending(code))
        self.failure = HostFailed(self.name, why, self.tail())
        self._settled.set()
        return True

    def _trim_log(self) -> None:
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))

    @staticmethod
    def _end(process: subprocess.Popen[bytes] | None) -> None:
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()


def _ending(code: int) -> str:
    if code == REFUSED:
        return "it refused to start"
    if -code == signal.SIGKILL:
        return "it was killed, most likely for want of memory; lower its context or slots, or take a smaller model"
    return f"it was ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with code {code}"


def _environment() -> dict[str, str]:
    """No settings, keys or database addresses of ours reach the host."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES")
    root = str(Path(__file__).resolve().parent.parent)
    return {key: os.environ[key] for key in kept if key in os.environ} | {"PYTHONPATH": root}
