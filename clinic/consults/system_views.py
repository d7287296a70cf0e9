"""What runs here, for administrators and auditors: model and its card, library, processes, queue."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import django
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from clinic import wiring
from clinic.audit.models import Entry
from clinic.consults.state_of import Look, Queue, Shelf, processes, queue, shelf
from clinic.people.access import require
from clinic.people.pages import page
from models.catalogue import Card


@dataclass(frozen=True, slots=True)
class SystemPage:
    """The state of everything, as found now."""

    template: ClassVar[str] = "system/system.html"
    card: Card | None
    no_card: str
    """Why there is no card."""
    figures: tuple[tuple[str, str], ...]
    looks: tuple[Look, ...]
    queue: Queue
    shelf: Shelf
    software: tuple[tuple[str, str], ...]
    seconds: float

    @property
    def trouble(self) -> tuple[Look, ...]:
        return tuple(look for look in (*self.looks, self.shelf.index) if not look.well)


def system(request: HttpRequest) -> HttpResponse:
    """Reads only; every look at another process has its time limit."""
    require(request.user, "system.view")
    started = time.perf_counter()
    card, no_card = _card()
    figures = tuple(flat(card.figures)) if card else ()
    looks = processes()
    return page(request, SystemPage(card, no_card, figures, looks, queue(), shelf(), _software(), time.perf_counter() - started))


def _card() -> tuple[Card | None, str]:
    try:
        return wiring.card(), ""
    except (LookupError, ValueError, OSError) as error:
        return None, str(error)


def flat(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Measured figures of any shape as rows: `unseen: outcome right` -> `0.83`."""
    for key, value in figures.items():
        name = f"{above}: {_words(key)}" if above else _words(key)
        if isinstance(value, Mapping):
            yield from flat(value, name)
        elif isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            for number, one in enumerate(value, start=1):
                yield from flat(one, f"{name} {number}")
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _words(key: str) -> str:
    return str(key).replace("_", " ")


def _software() -> tuple[tuple[str, str], ...]:
    name = Path(str(connection.settings_dict["NAME"]))
    size = f", {name.stat().st_size / 1e6:.1f} MB" if connection.vendor == "sqlite" and name.is_file() else ""
    return (
        ("Database", f"{connection.display_name}{size}"),
        ("Decision log", f"{Entry.objects.count()} entries"),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("Lease of a consult", f"{settings.LEASE_SECONDS} s, {settings.ATTEMPTS} attempts"),
    )
