"""The models: which one each kind of consult is put to and why, which ones there are, and the card of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from clinic import wiring
from clinic.consults import actions, hosts, routing
from clinic.consults.fitness import Standing, needs, room, standing
from clinic.consults.forms import RouteForm
from clinic.consults.models import Host, Route
from clinic.consults.routing import Choice
from clinic.consults.system_views import beside_baselines, flat
from clinic.people.access import can, require
from clinic.people.pages import page
from clinic.reasoning.kinds import KINDS
from inference.types import BUDGETS, Budget, Effort
from models.catalogue import Card
from models.progress import size


@dataclass(frozen=True, slots=True)
class Line:
    """A kind with its choice. `form` is None for those who may only look."""

    choice: Choice
    card: Card | None
    history: tuple[Route, ...]
    form: RouteForm | None
    host: Host | None

    @property
    def budget(self) -> Budget:
        return BUDGETS[self.choice.effort]


@dataclass(frozen=True, slots=True)
class Shown:
    """A model of the catalogue."""

    card: Card
    standing: Standing
    used_by: tuple[str, ...]
    needs: str
    fits: bool


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """Every kind, every model."""

    template: ClassVar[str] = "system/models.html"
    lines: tuple[Line, ...]
    writers: tuple[Shown, ...]
    others: tuple[Shown, ...]
    efforts: tuple[tuple[Effort, Budget], ...]
    room: str
    server: str
    """Address of the model server; empty with hosts of our own."""
    waiting: tuple[Host, ...]
    """Hosts that are meant to run and do not."""


@dataclass(frozen=True, slots=True)
class CardPage:
    """All that is known of one model."""

    template: ClassVar[str] = "system/model.html"
    shown: Shown
    figures: tuple[tuple[str, str, str], ...]
    beside: str
    host: Host | None
    room: str

    @property
    def card(self) -> Card:
        return self.shown.card


@require_GET
def models(request: HttpRequest) -> HttpResponse:
    require(request.user, "system.view")
    return page(request, _page(request))


@require_POST
def choose(request: HttpRequest, kind: str) -> HttpResponse:
    """Puts a kind to a model. Whatever is wrong, what was typed stays."""
    require(request.user, "system.configure")
    if kind not in KINDS:
        raise Http404(f"{kind} is not a kind of consult.")
    form = RouteForm(routing.chosen(kind), wiring.cards(fresh=True), request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            route = actions.choose_model(kind, given["model"], Effort(given["effort"]), given["reason"], by=request.user)
        except actions.Refused as refusal:
            form.add_error("reason" if len(given["reason"].strip()) < actions.LEAST_REASON else "model", str(refusal))
        else:
            messages.success(request, f"From now on {kind} is put to {route.model}, effort {route.effort}. Consults asked for earlier keep theirs.")
            return redirect("system:models")
    return page(request, _page(request, form, kind), status=422)


@require_GET
def model(request: HttpRequest, name: str) -> HttpResponse:
    """The card of one model."""
    require(request.user, "system.view")
    card = wiring.cards(fresh=True).get(name)
    if card is None:
        raise Http404(f"There is no model {name} in the catalogue.")
    host = next((one for one in hosts.kept() if one.model == name), None)
    shown = _shown(card, routing.choices())
    return page(request, CardPage(shown, tuple(flat(card.figures)), beside_baselines(card.figures), host, size(room())))


def _page(request: HttpRequest, refused: RouteForm | None = None, kind: str = "") -> ModelsPage:
    cards, choices = wiring.cards(fresh=True), routing.choices()
    kept = {host.model: host for host in hosts.kept()}
    may = can(request.user, "system.configure")
    lines = tuple(
        Line(
            choice,
            cards.get(choice.model),
            routing.history(choice.kind),
            (refused if refused and choice.kind == kind else RouteForm(choice, cards)) if may else None,
            kept.get(choice.model),
        )
        for choice in choices
    )
    shown = [_shown(card, choices) for card in cards.values()]
    return ModelsPage(
        lines=lines,
        writers=tuple(one for one in shown if one.card.kind == "generate"),
        others=tuple(one for one in shown if one.card.kind != "generate"),
        efforts=tuple(BUDGETS.items()),
        room=size(room()),
        server=settings.ENGINE_URL,
        waiting=tuple(host for host in kept.values() if not host.ready),
    )


def _shown(card: Card, choices: tuple[Choice, ...]) -> Shown:
    return Shown(
        card,
        standing(card),
        tuple(choice.kind for choice in choices if choice.model == card.name),
        size(needs(card)) if card.memory else "",
        card.bundled or needs(card) <= room(),
    )
