"""The kinds of consult. A kind is a folder with a `Brief` and a `run(brief, tools) -> Iterator[Event]`, and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clinic.reasoning.arbitration import run as arbitration
from clinic.reasoning.events import Event
from clinic.reasoning.tools import Tools
from clinic.reasoning.values import Value


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind reads its brief from JSON and how it runs."""

    brief: type[Value]
    run: Callable[[Any, Tools], Iterator[Event]]
    queue: str
    """Celery queue."""


KINDS: dict[str, Kind] = {
    "arbitration": Kind(brief=arbitration.Brief, run=arbitration.run, queue="arbitration"),
}
