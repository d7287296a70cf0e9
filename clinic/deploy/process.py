"""One process of the house: started in a group of its own, its output kept, started again when it dies, ended for certain."""

from __future__ import annotations

import ctypes
import logging
import logging.handlers
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOUD = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")
"""Lines of a log that are shown on the terminal too."""
LOG_BYTES, LOG_FILES = 5_000_000, 3
TERM_S = 3.0
"""From the polite signal to the certain one."""
LONGEST_WAIT_S = 30.0
STEADY_S = 30.0
"""A process that lived this long starts again at once; a shorter life doubles the wait."""

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Process:
    """A line of the table in run.py. `ready`: asked until it says yes; `said`: or this text in its output."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True
    said: str = ""
    quiet: bool = False
    """Its warnings go to its log only."""


class Child:
    """A running Process. All methods are called from one thread: Linux ties a child's life to the thread that started it."""

    def __init__(self, process: Process, folder: Path, environment: Mapping[str, str], logs: Path, say: Callable[[str], None]) -> None:
        self.process, self.name = process, process.name
        self.log = logs / f"{process.name}.log"
        self._folder, self._environment, self._say = folder, dict(environment), say
        self._running: subprocess.Popen[str] | None = None
        self._born, self._wait, self._due = 0.0, 0.5, 0.0
        self._heard = threading.Event()
        self._tail: deque[str] = deque(maxlen=15)
        self.deaths = 0
        self._writer = logging.handlers.RotatingFileHandler(self.log, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running and self._running.poll() is None else None

    def start(self) -> None:
        self._heard.clear()
        self._born = time.monotonic()
        self._running = subprocess.Popen(
            self.process.command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        threading.Thread(target=self._pump, args=(self._running,), daemon=True).start()

    def ready(self) -> bool:
        if self.pid is None:
            return False
        return self._heard.is_set() if self.process.said else self.process.ready()

    def keep(self) -> None:
        """Starts the process again if it has died, after a wait that grows with every short life."""
        if self.pid is not None:
            return
        now = time.monotonic()
        if not self._due:
            self.deaths += 1
            self._wait = 0.5 if now - self._born > STEADY_S else min(self._wait * 2, LONGEST_WAIT_S)
            self._due = now + self._wait
            self._end_group()
            self._say(f"{self.name} ended ({self._how()}); starting it again in {self._wait:g} s. Its log: {self.log}")
        elif now >= self._due:
            self._due = 0.0
            self.start()

    def trouble(self) -> str:
        """Why it is not ready, where waiting longer will not help; empty while there is hope."""
        if self.deaths < 3:
            return ""
        return "\n".join([*self._tail, f"{self.name} ended three times while it started. Its log: {self.log}"])

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self, until: float) -> None:
        """Waits until that moment of the monotonic clock, then ends the whole group."""
        if self._running is not None:
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(max(0.0, until - time.monotonic()))
        self._end_group()
        self._writer.close()

    def _end_group(self) -> None:
        """What the process started may outlive it."""
        self._signal(signal.SIGKILL)
        if self._running is not None:
            self._running.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._running is not None:
            with suppress(ProcessLookupError, PermissionError):  # the group has gone
                os.killpg(self._running.pid, number)

    def _how(self) -> str:
        code = self._running.returncode if self._running else 0
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _pump(self, running: subprocess.Popen[str]) -> None:
        for line in running.stdout or ():
            text = line.rstrip("\n")
            self._tail.append(text)
            self._writer.emit(logging.LogRecord(self.name, logging.INFO, "", 0, text, None, None))
            if self.process.said and self.process.said in text:
                self._heard.set()
            if not self.process.quiet and LOUD.search(text):
                self._say(f"{self.name} | {text}")


def die_with_parent() -> None:
    """Runs in the child: it dies with us even if we are killed."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
