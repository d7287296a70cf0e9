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
from clinic.consults import routing
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
    figures: tuple[tuple[str, str, str], ...]
    """(group, name, figure)."""
    beside: str
    """Its score beside the best shallow baseline."""
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
    beside = beside_baselines(card.figures) if card else ""
    return page(request, SystemPage(card, no_card, figures, beside, looks, queue(), shelf(), _software(), time.perf_counter() - started))


def _card() -> tuple[Card | None, str]:
    """Of the model that the first kind is put to; the others stand on the page of the models."""
    try:
        return wiring.card(routing.choices()[0].model), ""
    except (LookupError, ValueError, OSError) as error:
        return None, str(error)


def flat(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str, str]]:
    """Measured figures of any shape as (group, name, figure): `unseen`, `outcome right`, `83 %`. The ungrouped come first."""
    grouped: list[tuple[str, Mapping[str, Any]]] = []
    for key, value in figures.items():
        name = _words(key)
        if isinstance(value, Mapping):
            grouped.append((f"{above}: {name}" if above else name, value))
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            grouped += [(f"{above}: {name} {n}" if above else f"{name} {n}", one) for n, one in enumerate(value, start=1)]
        else:
            yield above, name, ", ".join(map(_figure, value)) if isinstance(value, list) else _figure(value)
    for name, group in grouped:
        yield from flat(group, name)


def beside_baselines(figures: Mapping[str, Any]) -> str:
    """The one sentence that a score may not be shown without; empty where the card does not carry both."""
    right, baselines = figures.get("outcome_right"), figures.get("baselines")
    if not isinstance(right, int | float) or not isinstance(baselines, Mapping):
        return ""
    shallow = {str(name): value for name, value in baselines.items() if isinstance(value, int | float)}
    if not shallow:
        return ""
    best = max(shallow, key=lambda name: shallow[name])
    return f"Right in {_figure(float(right))} of the measured cases; the best shallow reader ({_words(best)}) in {_figure(float(shallow[best]))}."


def _figure(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, float) and 0 <= value <= 1:
        return f"{value:.0%}".replace("%", " %")
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


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
