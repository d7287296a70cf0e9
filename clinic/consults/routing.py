"""Which model answers which kind of consult: the newest Route of the kind, else the model of the settings. Never another one.

A consult keeps the model and the effort of the moment in which it was asked for, so that a new choice changes nothing that runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from clinic import wiring
from clinic.consults.models import ENDED, Consult, Route
from clinic.reasoning.kinds import KINDS
from inference.types import Effort


@dataclass(frozen=True, slots=True)
class Choice:
    """What a kind is put to. `row` is None while nobody has chosen."""

    kind: str
    model: str
    effort: Effort
    row: Route | None = None


def chosen(kind: str) -> Choice:
    row = Route.objects.filter(kind=kind).first()
    return Choice(kind, row.model, Effort(row.effort), row) if row else Choice(kind, wiring.default_model(), Effort.HIGH)


def choices() -> tuple[Choice, ...]:
    """One for each kind."""
    return tuple(chosen(kind) for kind in KINDS)


def history(kind: str, most: int = 20) -> tuple[Route, ...]:
    """The newest first; the first one holds."""
    return tuple(Route.objects.filter(kind=kind)[:most])


def asked(consult: Consult) -> tuple[str, Effort]:
    """Model and effort of a consult; rows from before there was a choice were asked of the settings' model."""
    return consult.model or wiring.default_model(), Effort(consult.effort)


def in_use() -> tuple[str, ...]:
    """The models that must answer: those that are chosen, then those whose consults have not ended."""
    waiting = Consult.objects.exclude(state__in=ENDED).exclude(model="").order_by("model").values_list("model", flat=True).distinct()
    return tuple(dict.fromkeys([*(choice.model for choice in choices()), *waiting]))


def demonstration() -> bool:
    """Whether some kind is put to a demonstration model. A server's model is what the hospital says it is."""
    known = wiring.cards()
    return any(choice.model in known and known[choice.model].demonstration for choice in choices())
