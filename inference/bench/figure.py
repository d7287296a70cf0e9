"""One measured number beside its goal, and the table of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Goal:
    value: float
    sense: Literal["least", "most"]
    """`least`: the figure must reach it; `most`: must not pass it."""

    def met(self, value: float) -> bool:
        return value >= self.value if self.sense == "least" else value <= self.value

    def __str__(self) -> str:
        return f"{'>=' if self.sense == 'least' else '<='} {self.value:g}"


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    goal: Goal | None = None
    detail: dict[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        return self.goal.met(self.value) if self.goal else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "goal": str(self.goal or ""),
            "met": self.met,
            "detail": {key: _short(value) for key, value in self.detail.items()},
        }


MARKS = {True: "met", False: "missed", None: ""}


def table(figures: Iterable[Figure]) -> str:
    """Lines of name, value, unit, goal, met or missed; under each what it was made of."""
    lines = []
    for figure in figures:
        line = f"{figure.name:<44}{_short(figure.value):>12g} {figure.unit:<9}{str(figure.goal or ''):<9}{MARKS[figure.met]}"
        lines.append(line.rstrip())
        parts = ", ".join(f"{key} {_short(value):g}" for key, value in figure.detail.items())
        lines += [f"    {parts}"] if parts else []
    return "\n".join(lines)


def _short(value: float) -> float:
    """Four digits, whole above a thousand."""
    return float(round(value)) if abs(value) >= 1000 else float(f"{value:.4g}")
