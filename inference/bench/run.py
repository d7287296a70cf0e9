"""Which figures there are and how large, and the run that takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.bench import manners, speed
from inference.bench.figure import Figure
from inference.bench.rig import Rig, rig
from models.catalogue import WEIGHTS


@dataclass(frozen=True)
class Sizes:
    """Tokens and counts; the defaults are the goals' own."""

    streams: tuple[int, ...] = (8, 16)
    prompt: int = 64
    answer: int = 128
    repeats: int = 3
    panel_prompt: int = 1500
    panel_answer: int = 300
    running: int = 7
    arrival: int = 3000
    running_answer: int = 200
    requests: int = 1000


SHORT = Sizes(answer=48, repeats=1, panel_prompt=400, panel_answer=80, arrival=800, running_answer=80, requests=100)

FIGURES: dict[str, Callable[[Rig, Sizes], list[Figure]]] = {
    "streams": lambda r, s: [speed.streams(r, count, s.prompt, s.answer) for count in s.streams],
    "decode": lambda r, s: [speed.decode(r, count, s.prompt, s.answer, s.repeats) for count in s.streams],
    "single": lambda r, s: [speed.decode(r, 1, s.prompt, s.answer, s.repeats)],
    "panel": lambda r, s: [speed.panel(r, *_fitting(r, s.panel_prompt, s.panel_answer))],
    "stall": lambda r, s: [manners.stall(r, s.running, _fitting(r, s.arrival, 64)[0], s.running_answer)],
    "cancel": lambda r, s: [manners.cancel(r, s.prompt, False), manners.cancel(r, _fitting(r, s.arrival, 64)[0], True)],
    "restart": lambda r, s: [manners.restart(r)],
    "memory": lambda r, s: [manners.memory(r)],
    "growth": lambda r, s: [manners.growth(r, s.requests)],
}
"""Name for `--only` -> what it measures."""


def _fitting(rig: Rig, prompt: int, answer: int) -> tuple[int, int]:
    """The sizes, or what of them the model's context holds beside the scaffold and the panel's last sentences."""
    room = rig.context - 192
    prompt = min(prompt, room - min(answer, room // 4))
    return prompt, min(answer, room - prompt)


def measure(
    card: str, only: Sequence[str] = (), sizes: Sizes = Sizes(), threads: int = 0, weights: Path = WEIGHTS,
    told: Callable[[Figure], None] = lambda figure: None,
) -> dict[str, Any]:
    """Starts a host of `card`, takes the figures named in `only` (none: all), tells each as it comes."""
    unknown = sorted(set(only) - set(FIGURES))
    if unknown:
        raise LookupError(f"There is no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}.")
    figures: list[Figure] = []
    with rig(card, threads, weights=weights) as r:
        identity = r.engine.identity()
        for name in only or FIGURES:
            for figure in FIGURES[name](r, sizes):
                figures.append(figure)
                told(figure)
        return {
            "model": identity.model,
            "engine": identity.engine,
            "threads": r.options.threads,
            "context": r.context,
            "slots": r.options.slots,
            "figures": [figure.as_dict() for figure in figures],
        }
