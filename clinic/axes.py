"""The two axes of a drawing made on the server: where a value and a time stand, and what is written beside them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawing in its own units: the scales lie between `left` and `right`, `top` and `floor`."""

    width: int
    height: int
    left: int
    right: int
    top: int
    floor: int

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def x(self, share: float) -> float:
        """Where a share of the time shown stands, 0 to 1."""
        return round(self.left + (self.right - self.left) * share, 1)

    def y(self, value: float, most: float) -> float:
        """Where a value stands; `most` is at the top."""
        return round(self.floor - (self.floor - self.top) * value / most, 1)

    def lines(self, most: float, words: Callable[[float], str], whole: bool = False) -> tuple[Mark, ...]:
        """Nought, the half and the most. `whole`: there is no half of one."""
        values = [most * part for part in (0, 0.5, 1)]
        return tuple(Mark(self.y(value, most), words(value)) for value in values if not whole or value == int(value))


def ceiling(most: float) -> float:
    """The next round number whose half is round too; 1 for nothing. Whole numbers from 1 upwards are exact."""
    if most <= 0:
        return 1.0
    size = 1.0 if most >= 1 else 1e-6
    while True:
        for step in (1, 2, 4, 6, 8):
            if most <= step * size * 1.000001:
                return step * size
        size *= 10
