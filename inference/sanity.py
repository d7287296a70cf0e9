"""Signs that a model has lost itself: loops in its tokens, garbage in its text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

WINDOW = 320
LONGEST_PERIOD = 64
REPEATS = 5
SHORTEST_RUN = 60


def looping(tokens: Sequence[int]) -> bool:
    """The last tokens are one passage of at most 64 tokens, five times over and at least 60 tokens long."""
    tail = list(tokens[-WINDOW:])
    for period in range(1, LONGEST_PERIOD + 1):
        run = max(REPEATS * period, SHORTEST_RUN)
        if len(tail) >= run and tail[-1] == tail[-1 - period] and tail[-run:-period] == tail[-run + period :]:
            return True
    return False


def garbled(text: str) -> bool:
    """More than one character in fifty is not text: replacement marks, private use, stray controls."""
    bad = sum(1 for c in text if c == "\ufffd" or 0xE000 <= ord(c) <= 0xF8FF or (ord(c) < 32 and c not in "\n\r\t"))
    return bad * 50 > len(text)
