"""How far a fetch is, as one line: bytes, rate, time left. Pure; where it is shown is for the caller."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done` and `total` in bytes, `begun` of which were there before; `seconds` since this run began. `total` 0 = unknown."""

    name: str
    done: int
    total: int
    begun: int
    seconds: float

    @property
    def rate(self) -> float:
        """Bytes a second of this run."""
        return (self.done - self.begun) / self.seconds if self.seconds > 0 else 0.0

    def line(self) -> str:
        part = f"{self.done / self.total:4.0%}".replace("%", " %") if self.total else ""
        of = f" of {size(self.total)}" if self.total else ""
        left = f", {span((self.total - self.done) / self.rate)} left" if self.total > self.done and self.rate else ""
        return f"{self.name}  {part}  {size(self.done)}{of}  {size(self.rate)}/s{left}"


def size(count: float) -> str:
    """Bytes for people: 4.68 GB, 12 MB."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= step:
            return f"{count / step:.2f} {unit}" if unit == "GB" else f"{count / step:.0f} {unit}"
    return f"{count:.0f} B"


def span(seconds: float) -> str:
    """Seconds for people: 2 h 05 min, 3 min 20 s, 12 s."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"
