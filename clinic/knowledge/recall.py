"""What rests on a passage. Consults stand above this app, so they say it themselves: each user of passages puts a function into a table."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from clinic.people.models import User
from clinic.people.notices import tell


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
    decided: str = ""
    """The doctors' Decision in words; empty while there is none."""
    people: tuple[int, ...] = ()
    """Users who are told when the source ends; empty once that would help nobody."""


USERS: list[Callable[[Collection[str], str], list[Use]]] = []
"""(passage ids, hospital; empty for all) -> uses, filled by the apps above when Django starts."""
FOLLOWERS: list[Callable[[list[Use]], list[Use]]] = []
"""Those who asked for the consults add address, decision and people."""


def uses(passages: Collection[str], hospital: str) -> tuple[Use, ...]:
    """Everything within one hospital (empty: all of them) that rests on any of these passages, newest first."""
    found = [use for ask in USERS for use in ask(passages, hospital)] if passages else []
    for add in FOLLOWERS:
        found = add(found)
    return tuple(sorted(found, key=lambda use: use.at, reverse=True))


def warn(passages: Collection[str], subject: str, text: str) -> int:
    """Tells the people of every open or lately decided use that its source has ended. Returns how many were told."""
    told = 0
    for use in uses(passages, ""):
        told += tell(User.objects.filter(pk__in=use.people, is_active=True), f"{subject}:{use.consult}"[:160], text, use.address)
    return told
