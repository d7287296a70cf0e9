"""Whether this installation can run a model: its file, its digest, the machine's memory; and, if not, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from clinic import wiring
from inference.errors import InferenceError
from models import machine
from models.catalogue import Card
from models.progress import size
from models.recommend import graphics_room, memory_room


@dataclass(frozen=True, slots=True)
class Standing:
    """How a model stands here. `todo`: the shell line that brings it in."""

    words: str
    here: bool
    todo: str = ""


def standing(card: Card) -> Standing:
    if card.server:
        words = "behind the model server" if settings.ENGINE_URL else "needs a model server"
        return Standing(words, False, "" if settings.ENGINE_URL else f"CONSILIUM_ENGINE=https://your-server/v1 CONSILIUM_MODEL={card.name} make run")
    if card.package:
        return Standing(f"in the package {card.package}", True)
    if wiring.weights_of(card) is None:
        return Standing("not here", False, f"manage.py models pull {card.name}")
    if not card.sha256:
        return Standing("file here, digest not pinned", False, f"manage.py models import {card.name} FILE")
    return Standing("bundled" if card.bundled else "imported", True)


def refusal(model: str, beside: Iterable[str] = ()) -> str:
    """Why no kind can be put to the model, with what to do; empty where one can. `beside`: models that run at the same time."""
    if settings.ENGINE_URL:
        return _not_served(model)
    known = wiring.cards(fresh=True)
    card = known.get(model)
    if card is None:
        return f"There is no model {model!r} in the catalogue. `manage.py models list` shows all."
    if card.kind != "generate":
        return f"{model} does not write text (it is there to {card.kind}). Choose one of the models that generate."
    found = standing(card)
    if not found.here:
        return f"{model} cannot be chosen: {found.words}. Do this first: {found.todo}"
    return _too_large(card, [known[name] for name in beside if name in known and name != model])


def _not_served(model: str) -> str:
    try:
        wiring.engine(model).identity()
    except InferenceError as error:
        return f"The model server was asked for {model!r}: {error}"
    return ""


def _too_large(card: Card, beside: list[Card]) -> str:
    if fits([card, *beside]):
        return ""
    others = f" beside {', '.join(one.name for one in beside)} ({size(sum(map(needs, beside)))})" if beside else ""
    return (
        f"{card.name} needs {size(needs(card))}{others}; this machine has {size(room())} for models. "
        "Choose a smaller one, put every kind to the same model, or add memory."
    )


def fits(cards: Iterable[Card]) -> bool:
    """Whether this machine's memory holds all of them at once. Bundled ones always fit: they are small."""
    wanted = list(cards)
    return sum(map(needs, wanted)) <= room() or all(card.bundled for card in wanted)


def needs(card: Card) -> int:
    """Bytes of memory: weights, and as many samples as the host is told to write at once."""
    return card.needs(settings.SLOTS, settings.CONTEXT or card.context) if card.layers else card.memory


def room() -> int:
    """Bytes of this machine that models may take: graphics memory where layers go there."""
    return graphics_room(_machine()) if settings.GPU_LAYERS else memory_room(_machine())


@cache
def _machine() -> machine.Machine:
    return machine.look()
