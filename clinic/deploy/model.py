"""The model host as one process of the house, kept by inference.supervisor. Without a model the house runs on, and says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from clinic import settings
from inference.errors import InferenceError
from inference.options import HostOptions
from inference.supervisor import Supervisor
from models.catalogue import CardInvalid, UnknownModel, chosen

NICE = 10
"""Pages go before tokens where both want the same core (promises.md, section 12)."""


class Host:
    """The same doors as process.Child."""

    name = "model"

    def __init__(self, card: str, socket: Path, say: Callable[[str], None]) -> None:
        self._card, self._socket, self._say = card, socket, say
        self._supervisor: Supervisor | None = None
        self._failure = ""
        self._told, self._restarts = False, 0

    @property
    def pid(self) -> int | None:
        return self._supervisor.pid if self._supervisor else None

    def start(self) -> None:
        try:
            card = chosen(self._card)
        except (UnknownModel, CardInvalid) as error:
            self._failure = str(error)
            return
        options = HostOptions(nice=NICE, gpu_layers=settings.GPU_LAYERS, threads=settings.THREADS, slots=settings.SLOTS, context=settings.CONTEXT)
        self._supervisor = Supervisor(card.reference, self._socket.parent, options, name=self._socket.stem)
        threading.Thread(target=self._start, args=(self._supervisor,), daemon=True).start()

    def _start(self, supervisor: Supervisor) -> None:
        try:
            supervisor.start()
        except InferenceError as error:
            self._failure = str(error)

    def ready(self) -> bool:
        """Also when there is no hope: the pages, the safety checks and the evidence need no model."""
        return bool(self._failure) or (self._supervisor is not None and self._supervisor.ready())

    def keep(self) -> None:
        """The supervisor starts the host again by itself; here it is only said."""
        if self._failure and not self._told:
            self._told = True
            self._say(f"No model answers, so consults will wait for a human. {self._failure}")
        if self._supervisor and self._supervisor.restarts > self._restarts:
            self._restarts = self._supervisor.restarts
            self._say(f"model ended; starting it again. Its log: {self._supervisor.log_path}")

    def trouble(self) -> str:
        return ""

    def ask_to_stop(self) -> None:
        if self._supervisor:
            threading.Thread(target=self._supervisor.stop, daemon=True).start()

    def stop(self, until: float) -> None:
        if self._supervisor:
            self._supervisor.stop()
