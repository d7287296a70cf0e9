"""One llama context in this very process: sequences, copies, aborts, and what is left afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.errors import WeightsInvalid, WeightsMissing, WeightsUnreadable
from inference.llama import library, weights
from inference.llama.context import Aborted, Context, Entry, Shape
from inference.llama.library import lib

VOCAB = 267


@pytest.fixture(scope="module")
def model(card: Path) -> int:
    descriptor = os.open(card.parent / "tiny.gguf", os.O_RDONLY)
    return weights.load("tiny", descriptor)


@pytest.fixture
def context(model: int) -> Iterator[Context]:
    made = Context(model, Shape(context=256, sequences=3, batch=64, threads=1))
    yield made
    made.close()


def feed(context: Context, sequence: int, tokens: list[int], start: int = 0) -> np.ndarray:
    """Reads tokens into a sequence and returns the last logits."""
    last = len(tokens) - 1
    context.decode([Entry(token, start + i, sequence, i == last) for i, token in enumerate(tokens)])
    return np.ctypeslib.as_array(lib.llama_get_logits_ith(context.pointer, last), shape=(VOCAB,)).copy()


def test_it_works(context: Context) -> None:
    feed(context, 0, [10, 11, 12])
    assert (context.used(0), context.used(1)) == (3, 0)


def test_a_copy_reads_on_as_the_original_would(context: Context) -> None:
    feed(context, 0, [10, 11, 12, 13])
    context.copy(0, 1, 3)
    assert context.used(1) == 3
    np.testing.assert_allclose(feed(context, 1, [13], start=3), feed(context, 2, [10, 11, 12, 13]), atol=1e-3)


def test_what_another_sequence_holds_changes_nothing(context: Context) -> None:
    alone = feed(context, 0, [20, 21, 22])
    context.remove(0)
    feed(context, 1, [200, 201, 202, 203])
    np.testing.assert_array_equal(feed(context, 0, [20, 21, 22]), alone)


def test_a_removed_sequence_starts_from_nothing(context: Context) -> None:
    fresh = feed(context, 0, [30])
    context.remove(0)
    feed(context, 0, [99, 98, 97])
    context.remove(0)
    np.testing.assert_array_equal(feed(context, 0, [30]), fresh)


def test_a_wipe_leaves_neither_positions_nor_logits(context: Context) -> None:
    feed(context, 0, [10, 11])
    pointer = lib.llama_get_logits(context.pointer)
    context.remove(0)
    context.wipe()
    assert context.used(0) == 0
    assert not np.ctypeslib.as_array(pointer, shape=(VOCAB,)).any()


def test_an_abort_ends_the_batch_and_the_context_goes_on(context: Context) -> None:
    before = feed(context, 0, [10, 11])
    context.remove(0)
    context.abort()
    with pytest.raises(Aborted):
        feed(context, 0, list(range(10, 60)))
    context.abort(False)
    context.trim(0, 0)
    np.testing.assert_array_equal(feed(context, 0, [10, 11]), before)


def test_the_library_is_built_without_amx() -> None:
    assert not library.has_amx() and library.features()


def test_the_descriptor_is_loaded_not_the_path(card: Path, tmp_path: Path) -> None:
    """Another file put in the path's place after the check is not what runs."""
    path = tmp_path / "model.gguf"
    path.write_bytes((card.parent / "tiny.gguf").read_bytes())
    digest = weights.sha256(os.open(path, os.O_RDONLY))
    descriptor = weights.open_checked("tiny", path, digest)
    path.with_name("other").write_bytes(b"GGUF" + bytes(50))
    path.with_name("other").replace(path)
    assert weights.load("tiny", descriptor)
    with pytest.raises(WeightsInvalid):
        weights.open_checked("tiny", path, digest)


def test_each_wrong_file_has_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        weights.open_checked("tiny", tmp_path / "none", "0" * 64)
    pickled = tmp_path / "model.pkl"
    pickled.write_bytes(b"\x80\x04.")
    with pytest.raises(WeightsUnreadable, match="not GGUF"):
        weights.open_checked("tiny", pickled, weights.sha256(os.open(pickled, os.O_RDONLY)))
