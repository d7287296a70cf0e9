"""The batch, in this very process: samples keep to consecutive places, whoever ends first, and moving one changes nothing it writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.batching import beside
from inference.engine_room import EngineRoom
from inference.errors import InferenceError
from inference.options import HostOptions
from inference.types import Chunk, ChunkKind, Request, Sampling, Segment
from models.catalogue import read, weights_path


@pytest.fixture(scope="module")
def room(card: Path) -> Iterator[EngineRoom]:
    found = read(str(card))
    made = EngineRoom(found, weights_path(found), HostOptions(slots=4, threads=1, context=512))
    made.start()
    yield made
    made.close()


def ask(seed: int, tokens: int, text: str = "hello") -> Request:
    return Request(
        segments=(Segment(text=text),), seed=seed, think_budget=0, max_tokens=tokens, sampling=Sampling(endless=True, temperature=0), client=f"c{seed}"
    )


def written(room: EngineRoom, *asked: Request) -> list[str]:
    """The text of each, all asked at once."""
    texts, ends = [""] * len(asked), [threading.Event() for _ in asked]

    def start(place: int) -> None:
        def emit(chunks: list[Chunk], error: InferenceError | None) -> None:
            texts[place] += "".join(chunk.text for chunk in chunks if chunk.kind is ChunkKind.ANSWER)
            assert error is None
            if not chunks:
                ends[place].set()

        room.submit(asked[place], emit)

    with room.batcher._wake:  # all wait before the first is let in
        for place in range(len(asked)):
            start(place)
    assert all(end.wait(60) for end in ends)
    return texts


def test_samples_fill_the_gap_that_one_leaves(room: EngineRoom) -> None:
    """The first two end early; a last one moves to its place and all write on as if nobody else had been there (greedily: a draw
    may fall otherwise where a batch rounds otherwise)."""
    asked = [ask(1, 24, "ab"), ask(2, 32, "the patient"), ask(3, 56, "which plan"), ask(4, 56, "X or Y, and why")]
    before = room.metrics().get("moved_sequences_total", 0)
    together = written(room, *asked)
    assert room.metrics()["moved_sequences_total"] - before >= 1
    assert len(set(together)) == 4
    assert [written(room, one)[0] for one in asked] == together


def test_the_last_to_leave_moves_nobody(room: EngineRoom) -> None:
    before = room.metrics().get("moved_sequences_total", 0)
    written(room, ask(1, 400), ask(2, 4))
    assert room.metrics().get("moved_sequences_total", 0) == before


def test_a_prompt_is_read_in_smaller_pieces_the_longer_it_is() -> None:
    pieces = [beside(past) for past in (0, 1000, 3000, 100_000)]
    assert pieces == sorted(pieces, reverse=True) and pieces[0] == 24 and pieces[-1] == 8


@pytest.mark.parametrize(("client", "fewest", "most"), [("c1", 1, 2), ("c2", 4, 6)], ids=["its own", "another's"])
def test_a_clients_own_streams_wait_for_its_prompt_and_others_do_not(room: EngineRoom, client: str, fewest: int, most: int) -> None:
    """About 300 tokens, asked when the first stream has begun to write: in two pieces, or in small ones."""
    read, pieces, asked = threading.Event(), [], ask(2, 1, "x y " * 75).model_copy(update={"client": client})

    def first(chunks: list[Chunk], error: InferenceError | None) -> None:
        nonlocal asked
        if asked and any(chunk.kind is ChunkKind.ANSWER for chunk in chunks):
            room.submit(asked, second)
            asked = None

    def second(chunks: list[Chunk], error: InferenceError | None) -> None:
        pieces.extend(chunk for chunk in chunks if chunk.kind is ChunkKind.PREFILL)
        if not chunks:
            read.set()

    running = room.submit(ask(1, 480), first)
    assert read.wait(60)
    room.batcher.cancel(running)
    assert fewest <= len(pieces) <= most
