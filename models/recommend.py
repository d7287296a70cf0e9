"""Which model a machine can run, and why not the next larger one. Pure: a machine and cards in, sentences out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.catalogue import Card
from models.machine import Gpu, Machine
from models.progress import size

RESERVE = 4 * 2**30
"""Bytes of memory left to web, worker, embedder, Redis and the system."""
HOUSE = 2 * 2**30
"""The least with which web, worker, embedder and Redis run at all, wherever the model lies: they take 1.2 GB, and the system its share."""
GPU_RESERVE = 2**30
"""Bytes left free on each graphics processor: its driver, and what does not divide evenly."""

PLANS = ((8, 8192), (4, 8192), (2, 8192), (2, 4096))
"""(samples at once, tokens of one), the best first. A consult reads both orders, so two samples are the least."""
COMFORT = 4
"""Samples of 8,192 tokens for which a smaller model is preferred to a larger one with less room."""

WORKABLE = ((32, 3), (8, 2), (1, 1))
"""From so many cores on, the highest tier whose answers take minutes on a processor alone: each token reads all weights once."""

INSTALL = {
    "nvidia": 'CMAKE_ARGS="-DGGML_CUDA=on" make run',
    "amd": 'CMAKE_ARGS="-DGGML_HIP=on" make run',
    "apple": 'CMAKE_ARGS="-DGGML_METAL=on" make run',
    "": "make run",
}
"""What builds llama.cpp for a maker's graphics processor."""


@dataclass(frozen=True)
class Fit:
    """A model on a machine: so many samples of so many tokens, wholly on the graphics side or not at all."""

    card: Card
    slots: int
    context: int
    on_gpu: bool

    @property
    def needs(self) -> int:
        return self.card.needs(self.slots, self.context)

    @property
    def rank(self) -> tuple[int, ...]:
        """Comfortable before cramped, then the better reasoner, a GPU, more samples, and: on a GPU finer weights, else smaller ones."""
        bits = self.card.size * 80 // max(1, self.card.parameters)
        comfortable = self.slots >= COMFORT and self.context >= 8192
        return (comfortable, self.card.tier, self.on_gpu, self.slots * self.context, bits if self.on_gpu else -self.card.size, -self.needs)


@dataclass(frozen=True)
class Advice:
    """`fit` None: nothing but the bundled demonstration model."""

    machine: Machine
    fit: Fit | None
    why: str
    why_not_larger: str
    do: tuple[str, ...]
    """Commands, in order."""


def recommend(machine: Machine, cards: Iterable[Card]) -> Advice:
    """The best that fits comfortably; else the best that fits at all; else the demonstration model."""
    known = [card for card in cards if card.kind == "generate" and card.layers and card.size and card.tier]
    fits = [fit for card in known if (fit := fitted(card, machine))]
    best = max(fits, key=lambda fit: fit.rank, default=None)
    larger = sorted((c for c in known if c.tier > (best.card.tier if best else 0)), key=lambda c: (c.tier, c.size))
    why_not = _why_not(larger[0], machine, best) if larger else "It is the largest that our own host runs; r1-671b needs a server of its own."
    return Advice(machine, best, _why(best, machine), why_not, _commands(best, machine))


def fitted(card: Card, machine: Machine) -> Fit | None:
    """The best plan by which it fits: on the graphics side if it can, else on the processor if its answers take minutes there."""
    if machine.memory < HOUSE:
        return None  # web, worker and library would not fit, wherever the model lies
    for room, on_gpu in ((graphics_room(machine), True), (memory_room(machine), False)):
        if on_gpu or card.tier <= workable(machine.cores):
            for slots, context in PLANS:
                if card.needs(slots, context) <= room:
                    return Fit(card, slots, context, on_gpu)
    return None


def memory_room(machine: Machine) -> int:
    return max(0, machine.memory - RESERVE)


def graphics_room(machine: Machine) -> int:
    room = sum(max(0, gpu.memory - GPU_RESERVE) for gpu in machine.gpus)
    return min(room, memory_room(machine)) if machine.unified else room


def workable(cores: int) -> int:
    return next(tier for least, tier in WORKABLE if cores >= least)


def seen(machine: Machine) -> str:
    """The machine in one sentence."""
    gpus = " and ".join(f"{gpu.name} ({gpu.memory / 2**30:.0f} GiB)" for gpu in machine.gpus) or "no graphics processor that llama.cpp could use"
    cores = "1 core" if machine.cores == 1 else f"{machine.cores} cores"
    return f"{machine.memory / 2**30:.0f} GiB of memory, {cores}, {gpus}."


def _why(fit: Fit | None, machine: Machine) -> str:
    if fit is None and machine.memory < HOUSE:
        return f"The house itself wants {size(HOUSE)} of memory; with {size(machine.memory)} it may not start at all. No model of the catalogue fits beside it."
    if fit is None:
        return f"No model of the catalogue fits into the {size(memory_room(machine))} that are left for one: the bundled demonstration model is all that runs."
    room = graphics_room(machine) if fit.on_gpu else memory_room(machine)
    where = "graphics memory" if fit.on_gpu else "memory"
    text = (
        f"{fit.card.quantisation} weights ({size(fit.card.size)}) with {fit.slots} samples of {fit.context:,} tokens need {size(fit.needs)}; "
        f"{size(room)} of {where} are there for it."
    )
    return text if fit.on_gpu else f"{text} Without a graphics processor each token reads all weights through {machine.cores} cores: expect minutes an answer."


def _why_not(card: Card, machine: Machine, best: Fit | None) -> str:
    """Of the next larger one, by its smallest file."""
    least, better = card.needs(*PLANS[-1]), card.needs(COMFORT, 8192)
    fit = fitted(card, machine)
    if fit:
        return (
            f"{card.name} would run with only {fit.slots} samples of {fit.context:,} tokens here; a consult wants at least {COMFORT} of 8,192, "
            f"for which it needs {size(better)}."
        )
    if machine.memory < HOUSE:
        return f"{card.name} needs {size(least)}, on a graphics processor or beside the house."
    if machine.gpus and least > graphics_room(machine):
        return f"{card.name} needs at least {size(least)} of graphics memory; {size(graphics_room(machine))} are there for it."
    if least > memory_room(machine):
        return f"{card.name} needs at least {size(least)}; {size(memory_room(machine))} are left for it."
    needed = next(least for least, tier in reversed(WORKABLE) if tier >= card.tier) if card.tier <= WORKABLE[0][1] else 0
    reason = f"from {needed} cores on that takes minutes" if needed else "that takes too long on any processor"
    return f"{card.name} would fit into memory, but every token reads {size(card.size)}: {reason}; it wants a graphics processor."


def _commands(fit: Fit | None, machine: Machine) -> tuple[str, ...]:
    if fit is None:
        return ("make run",)
    maker = machine.gpus[0].maker if fit.on_gpu else ""
    settings = [f"CONSILIUM_MODEL={fit.card.name}"]
    settings += ["CONSILIUM_GPU_LAYERS=99"] if fit.on_gpu else []
    settings += [f"CONSILIUM_SLOTS={fit.slots}"] if fit.slots != 8 else []
    settings += [f"CONSILIUM_CONTEXT={fit.context}"] if fit.context != fit.card.context else []
    return (f"manage.py models pull {fit.card.name}", f"{' '.join(settings)} {INSTALL[maker]}")


def planned(machine: Machine, memory: int = 0, graphics: int | None = None, cores: int = 0) -> Machine:
    """Another machine: this one with what is given put in its place. `graphics` bytes are taken as one NVIDIA processor.

    Raises ValueError for what no machine has."""
    if min(memory, graphics or 0, cores) < 0:
        raise ValueError("A machine has at least one core, and no memory below nought.")
    gpus = machine.gpus if graphics is None else (Gpu("one graphics processor", graphics, "nvidia"),) if graphics else ()
    return replace(machine, memory=memory or machine.memory, cores=cores or machine.cores, gpus=gpus)
