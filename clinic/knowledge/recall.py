"""What rests on a passage. Consults stand above this app, so they say it themselves: each user of passages puts a function into USERS."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Use:
    """One consult that cites passages of a source. `passages`: which of those asked about."""

    consult: str
    kind: str
    state: str
    at: datetime
    passages: tuple[str, ...]
    address: str = ""
    """Where the reader may open it; empty if there is no such page."""


USERS: list[Callable[[Collection[str], str], list[Use]]] = []
"""(passage ids, hospital) -> uses, filled by the apps above when Django starts."""


def uses(passages: Collection[str], hospital: str) -> tuple[Use, ...]:
    """Everything within one hospital that rests on any of these passages, newest first."""
    found = [use for ask in USERS for use in ask(passages, hospital)] if passages else []
    return tuple(sorted(found, key=lambda use: use.at, reverse=True))
