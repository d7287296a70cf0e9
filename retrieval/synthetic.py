"""Passages and vectors in any number, made from real ones, to see how an index grows. Seeded: the same call gives the same values.

A made passage joins sentences of two real ones and carries a number, so that words keep their real frequencies. A made vector is
a random mixture of two real ones with noise, so that neighbours stay near and yet no two are alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.document import passage
from retrieval.types import Passage, Sentence

NOISE = 0.35
"""Length of the noise beside a unit vector."""

BLOCK = 100_000
"""Vectors made at once: a million need more than twice their memory on the way."""


def passages(count: int, like: Sequence[Passage], seed: int = 1, name: str = "made") -> Iterator[Passage]:
    """`count` passages, each of a source of its own, called `name-0` and so on."""
    draw = random.Random(seed)
    for n in range(count):
        first, second = draw.choice(like), draw.choice(like)
        parts = [one.text for one in (*first.sentences[:2], *second.sentences[-1:])]
        text = f"{' '.join(parts)} Record {n}."
        fields = first.model_dump(exclude={"id", "sentences", "text", "source", "start", "end"})
        yield passage(**fields, source=f"{name}-{n}", text=text, start=0, end=len(text), sentences=_sentences(parts))


def vectors(count: int, like: NDArray[np.float32], seed: int = 1) -> NDArray[np.float32]:
    """(count, dimensions) unit vectors."""
    draw = np.random.default_rng(seed)
    return np.concatenate([_mixed(min(BLOCK, count - start), like, draw) for start in range(0, count, BLOCK)])


def _mixed(count: int, like: NDArray[np.float32], draw: np.random.Generator) -> NDArray[np.float32]:
    share = draw.random((count, 1), dtype=np.float32)
    mixed = like[draw.integers(len(like), size=count)] * share
    mixed += like[draw.integers(len(like), size=count)] * (1 - share)
    mixed += draw.standard_normal(mixed.shape, dtype=np.float32) * (NOISE / np.sqrt(mixed.shape[1]))
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    return mixed


def _sentences(parts: Sequence[str]) -> tuple[Sentence, ...]:
    found, start = [], 0
    for part in parts:
        found.append(Sentence(text=part, start=start, end=start + len(part)))
        start += len(part) + 1
    return tuple(found)
