"""The host's settings, as plain values and as command-line arguments."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, fields
from pathlib import Path

SMALL = 64 << 20
"""Bytes of weights. One step of a smaller model takes less than a millisecond: its threads would wait for each other, not compute."""


def default_threads(size: int) -> int:
    """For so many bytes of weights: all cores this process may use, but one for a small model. The web and the database go first all the
    same: the host is nice, and a compute thread whose core is taken sleeps instead of spinning (`llama/library.py`)."""
    if size < SMALL:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


@dataclass(frozen=True)
class HostOptions:
    slots: int = 8
    """Samples that run at once."""
    context: int = 0
    """Tokens of one sample, prompt and answer; 0 = the card's."""
    queue: int = 16
    """Requests that may wait; more are refused at once."""
    batch: int = 256
    """Tokens of one step; bounds how long a cancel takes while a prompt is read."""
    threads: int = 0
    """0 = `default_threads`."""
    gpu_layers: int = 0
    memory_limit: int = 0
    """Bytes of own memory: near it the host ends in a lull, at it allocations fail; 0 = none."""
    recycle: int = 0
    """Ends after this many consults, in a lull, for the supervisor to start afresh; 0 = never. See wear.py."""
    nice: int = 10
    """The web and the database go first."""
    network: bool = False
    """Keep the network. Off: the host moves into an empty network namespace where the system allows it."""

    def arguments(self) -> list[str]:
        """The command line that gives these options."""
        plain = [f"--{f.name.replace('_', '-')}={getattr(self, f.name)}" for f in fields(self) if f.type == "int"]
        return [*plain, *(["--network"] if self.network else [])]


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m inference.host", description="Runs one model behind a Unix socket.")
    result.add_argument("card", help="a model of the catalogue, or the path of a card.toml")
    result.add_argument("--socket", type=Path, required=True)
    result.add_argument("--weights", type=Path, default=None, help="folder of imported weights (default: models/weights)")
    result.add_argument("--parent", type=int, default=0, help="process id to die with")
    result.add_argument("--fingerprint", default="", help="refuse to start unless the model writes this fingerprint")
    result.add_argument("--network", action="store_true", help="keep the network")
    for f in fields(HostOptions):
        if f.type == "int":
            result.add_argument(f"--{f.name.replace('_', '-')}", type=int, default=f.default)
    return result


def from_arguments(values: argparse.Namespace) -> HostOptions:
    return HostOptions(**{f.name: getattr(values, f.name) for f in fields(HostOptions)})
