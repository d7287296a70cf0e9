"""Looks into another process's memory, as a thief with root's rights could."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)")


def regions(pid: int) -> Iterator[tuple[int, int]]:
    """Address and size of what the process may write; skips the test where the system does not let us look."""
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        if (found := LINE.match(line)) and not found[3].startswith("[v"):
            start, end = int(found[1], 16), int(found[2], 16)
            yield start, end - start


def read(pid: int, start: int, size: int) -> bytes:
    try:
        with open(f"/proc/{pid}/mem", "rb", 0) as file:
            file.seek(start)
            return file.read(size)
    except OSError as error:
        pytest.skip(f"this system does not let us read the host's memory: {error}")


def whole(pid: int) -> bytes:
    return b"".join(read(pid, start, size) for start, size in regions(pid))


def largest(pid: int) -> tuple[int, int]:
    """The largest region that holds anything: llama.cpp's buffers."""
    return max((r for r in regions(pid) if read(pid, *r).strip(b"\0")), key=lambda r: r[1])


def longest_zeros(data: bytes) -> tuple[int, int]:
    """Start and length of the longest run of zero words of 8 bytes, in bytes."""
    words = np.frombuffer(data[: len(data) // 8 * 8], dtype=np.uint64)
    edges = np.flatnonzero(np.diff(np.concatenate(([True], words != 0, [True])).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]) * 8, int(ends[longest] - starts[longest]) * 8
