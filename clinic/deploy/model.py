"""Keeps one model host for each model that is in use, and writes down how they are; `manage.py hosts` runs it.

Which models are in use is read from the database (clinic/consults/routing.py): a host is started when its model is chosen, and ended
when no kind is put to it and its last consult has ended. Without a model the house runs on, and says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from clinic import wiring
from clinic.consults import hosts, routing
from clinic.consults.fitness import fits, needs, room
from clinic.consults.hosts import Sight
from inference.errors import InferenceError
from inference.options import HostOptions
from inference.supervisor import Supervisor
from models.catalogue import Card, CardInvalid, UnknownModel
from models.progress import size

NICE = 10
"""Pages go before tokens where both want the same core (promises.md, section 12)."""
RECYCLE = 50
"""Consults of one host process (promises.md, M5). Python's heap may hold a prompt's text until then."""
BESIDES = 4 * 2**30
"""Bytes of memory that a host may take beside weights and samples: Python, llama.cpp's working space, threads; beyond it something leaks."""
HEARTBEAT_S = 15.0
AGAIN_S = 60.0
"""A host that refused to start is tried again after this long: its file may have been brought in meanwhile."""


def options() -> HostOptions:
    return HostOptions(
        nice=NICE,
        gpu_layers=settings.GPU_LAYERS,
        threads=settings.THREADS,
        slots=settings.SLOTS,
        context=settings.CONTEXT,
        recycle=RECYCLE,
    )


class Kept:
    """One host that is meant to run."""

    def __init__(self, card: Card, folder: Path, options: HostOptions) -> None:
        self.card, self.born, self._failure = card, time.monotonic(), ""
        own = replace(options, memory_limit=0 if options.gpu_layers else needs(card) + BESIDES)  # a GPU's driver maps far more than it uses
        self.supervisor = Supervisor(card.reference, folder, own, name=card.name)
        threading.Thread(target=self._start, daemon=True).start()

    def _start(self) -> None:
        try:
            self.supervisor.start()
        except InferenceError as error:
            self._failure = str(error)

    @property
    def failure(self) -> str:
        """Why it will not be started again; empty while there is hope."""
        return self._failure or str(self.supervisor.failure or "")

    def sight(self) -> Sight:
        host = self.supervisor
        return Sight(host.pid, host.ready(), self.failure, host.restarts - host.recycled, host.recycled)


class Keeper:
    """The hosts of this machine. One thread calls `look`."""

    def __init__(self, folder: Path, options: HostOptions, say: Callable[[str], None]) -> None:
        self._folder, self._options, self._say = folder, options, say
        self._kept: dict[str, Kept] = {}
        self._noted: dict[str, tuple[float, Sight]] = {}

    def look(self) -> bool:
        """Starts and ends what must be. True when nothing is worth waiting for: every wanted host answers, or cannot."""
        wanted = routing.in_use()
        for model in set(self._noted) - set(wanted):
            self.end(model)
        seen = [self._look_at(model) for model in wanted]
        return all(sight.ready or sight.says for sight in seen)

    def end(self, model: str) -> None:
        kept = self._kept.pop(model, None)
        if kept:
            self._say(f"{model} is no longer in use; its host ends")
            kept.supervisor.stop()
        self._noted.pop(model, None)
        hosts.let_go(model)

    def close(self) -> None:
        """Ends all at once: each may take seconds."""
        ending = [threading.Thread(target=kept.supervisor.stop) for kept in self._kept.values()]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()

    def _look_at(self, model: str) -> Sight:
        kept = self._kept.get(model)
        if kept and kept.failure and time.monotonic() - kept.born > AGAIN_S:
            kept.supervisor.stop()
            del self._kept[model]
            kept = None
        sight = kept.sight() if kept else self._begin(model)
        self._note(model, sight)
        return sight

    def _begin(self, model: str) -> Sight:
        """Starts a host, unless the machine's memory holds it only after another has ended."""
        try:
            card = wiring.card(model)
        except (UnknownModel, CardInvalid) as error:
            return Sight(says=str(error))
        beside = [kept.card for kept in self._kept.values()]
        if beside and not settings.GPU_LAYERS and not fits([card, *beside]):
            names = ", ".join(one.name for one in beside)
            return Sight(says=f"Waits for memory: {size(room())} do not hold it beside {names}, which still has consults to end.")
        self._kept[model] = Kept(card, self._folder, self._options)
        return self._kept[model].sight()

    def _note(self, model: str, sight: Sight) -> None:
        """Tells the terminal what is new; writes the row when something has changed, and now and then."""
        at, before = self._noted.get(model, (0.0, Sight()))
        if sight.says and sight.says != before.says:
            self._say(f"WARNING No host for {model}, so its consults will wait for a human. {sight.says}")
        if sight.crashes > before.crashes:
            self._say(f"WARNING the host of {model} ended by itself; starting it again. Its log: {self._kept[model].supervisor.log_path}")
        if sight == before and time.monotonic() - at < HEARTBEAT_S:
            return
        hosts.note(model, sight, _since(before, sight))
        self._noted[model] = (time.monotonic(), sight)


def _since(before: Sight, now: Sight) -> Sight:
    """What to count from: a supervisor made anew begins at nought."""
    return before if now.crashes >= before.crashes and now.recycled >= before.recycled else Sight()
