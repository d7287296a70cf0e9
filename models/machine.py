"""What a machine has: memory, graphics memory, cores. `look()` asks it; everything else here is pure and reads text."""

from __future__ import annotations

import csv
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

SECONDS = 10.0
"""A driver that does not answer must not hold the command."""
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


@dataclass(frozen=True)
class Gpu:
    """`memory` in bytes; of unified memory what the graphics side may take."""

    name: str
    memory: int
    maker: str
    """nvidia, amd, apple."""


@dataclass(frozen=True)
class Machine:
    """`memory` in bytes: the machine's, or its container's where that is less."""

    memory: int
    cores: int
    gpus: tuple[Gpu, ...] = ()

    @property
    def unified(self) -> bool:
        """Processor and graphics share one memory."""
        return any(gpu.maker == "apple" for gpu in self.gpus)


def look() -> Machine:
    """This machine."""
    limits = cgroup_limits(Path("/sys/fs/cgroup"), _text(Path("/proc/self/cgroup")))
    total = psutil.virtual_memory().total
    memory = min(total, limits.memory) if limits.memory else total
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    cores = max(1, min(cores, int(limits.cores))) if limits.cores else cores
    found = [gpu for command, read in TOOLS for gpu in read(_said(command), total)]
    return Machine(memory, cores, tuple(found))


def nvidia(text: str, total: int = 0) -> list[Gpu]:
    """From `nvidia-smi --query-gpu=name,memory.total --format=csv,noheader,nounits`: MiB."""
    rows = [[field.strip() for field in row] for row in csv.reader(text.splitlines())]
    return [Gpu(row[0], int(row[1]) * 2**20, "nvidia") for row in rows if len(row) == 2 and row[1].isdigit()]


def rocm(text: str, total: int = 0) -> list[Gpu]:
    """From `rocm-smi --showmeminfo vram --showproductname --json`: bytes as text, a key a card."""
    try:
        cards = json.loads(text[text.find("{") :]) if "{" in text else {}
    except ValueError:
        return []
    found = []
    for name, fields in sorted(cards.items()):
        memory = str(fields.get("VRAM Total Memory (B)", "")) if isinstance(fields, dict) else ""
        if name.startswith("card") and memory.isdigit():
            found.append(Gpu(str(fields.get("Card Series") or fields.get("Card series") or name), int(memory), "amd"))
    return found


def apple(text: str, total: int = 0) -> list[Gpu]:
    """From `system_profiler SPDisplaysDataType -json`. Metal takes two thirds of the memory, three quarters from 36 GB on."""
    try:
        displays = json.loads(text).get("SPDisplaysDataType", []) if text.strip() else []
    except (ValueError, AttributeError):
        return []
    share = 0.75 if total > 36 * 2**30 else 2 / 3
    names = [str(one.get("sppci_model", "")) for one in displays if isinstance(one, dict)]
    return [Gpu(name, int(total * share), "apple") for name in names if name.startswith("Apple")][:1]


TOOLS: tuple[tuple[tuple[str, ...], Callable[[str, int], list[Gpu]]], ...] = (
    (("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"), nvidia),
    (("rocm-smi", "--showmeminfo", "vram", "--showproductname", "--json"), rocm),
    (("system_profiler", "SPDisplaysDataType", "-json"), apple),
)
"""Who is asked for graphics memory, and who reads the answer."""


@dataclass(frozen=True)
class Limits:
    """Of a container or unit; 0 = none."""

    memory: int = 0
    cores: float = 0.0


def cgroup_limits(root: Path, membership: str) -> Limits:
    """The least of the process's own group and those above it (cgroup v2), or the one of cgroup v1."""
    own = next((line[3:].strip("/") for line in membership.splitlines() if line.startswith("0::")), "")
    folders = [root, *(root / part for part in _ancestors(own))]
    memory = [int(text) for folder in folders if (text := _text(folder / "memory.max")).isdigit()]
    old = _text(root / "memory" / "memory.limit_in_bytes")
    memory += [int(old)] if old.isdigit() and int(old) < 2**60 else []
    quotas = [text.split() for folder in folders if (text := _text(folder / "cpu.max"))]
    cores = [int(quota[0]) / int(quota[1]) for quota in quotas if len(quota) == 2 and quota[0].isdigit()]
    return Limits(min(memory, default=0), min(cores, default=0.0))


def amount(text: str) -> int:
    """Bytes of `64GB`, `24 GiB`, `1.5T`; a bare number means GB. Memory is sold in powers of two, so GB is read as GiB."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", text, re.IGNORECASE)
    if not found:
        raise ValueError(f"{text!r} is no amount of memory. Write it like 64GB.")
    return int(float(found[1]) * UNITS[f"{found[2].lower() or 'g'}i"])


def _ancestors(path: str) -> list[str]:
    parts = path.split("/") if path else []
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _said(command: tuple[str, ...]) -> str:
    if shutil.which(command[0]) is None or (command[0] == "system_profiler" and platform.machine() != "arm64"):
        return ""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
