"""Drawing from the likely words only gives what drawing from all would give."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.llama import weights
from inference.llama.context import Context, Entry, Shape
from inference.llama.library import lib
from inference.llama.sampler import CANDIDATE, Chooser, Grammar, _parts, candidates
from inference.llama.vocab import Vocab
from inference.types import Sampling

BANNED = [0, 1, 2]


@pytest.fixture(scope="module")
def model(card: Path) -> int:
    return weights.load("tiny", os.open(card.parent / "tiny.gguf", os.O_RDONLY))


@pytest.fixture(scope="module")
def context(model: int) -> Iterator[Context]:
    made = Context(model, Shape(context=64, sequences=1, batch=16))
    made.decode([Entry(40 + i, i, 0, i == 7) for i in range(8)])
    yield made
    made.close()


def logits(context: Context, size: int) -> np.ndarray:
    return np.ctypeslib.as_array(lib.llama_get_logits_ith(context.pointer, 7), shape=(size,))


def drawn_from_all(row: np.ndarray, sampling: Sampling, seed: int) -> int:
    array = np.zeros(len(row), dtype=CANDIDATE)
    array["id"], array["logit"] = np.arange(len(row)), row
    array = np.delete(array, BANNED)
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    for part in _parts(sampling, seed):
        lib.llama_sampler_chain_add(chain, part)
    view = candidates(array)
    lib.llama_sampler_apply(chain, ctypes.byref(view))
    lib.llama_sampler_free(chain)
    return int(view.data[view.selected].id)


@pytest.mark.parametrize(
    "sampling",
    [Sampling(), Sampling(temperature=0), Sampling(temperature=1.5, top_p=1.0), Sampling(temperature=0.2, top_p=1.0, top_k=3)],
    ids=["R1's", "greedy", "wide", "narrow"],
)
def test_the_same_token_comes_as_from_the_whole_vocabulary(context: Context, model: int, sampling: Sampling) -> None:
    vocab = Vocab(model)
    row = logits(context, vocab.size)
    for seed in range(60):
        chooser = Chooser(vocab, sampling, seed, BANNED)
        assert chooser.choose(context.pointer, 7) == drawn_from_all(row, sampling, seed)
        chooser.close()


def test_a_banned_token_is_never_drawn_even_where_it_is_by_far_the_likeliest(context: Context, model: int) -> None:
    vocab = Vocab(model)
    row = logits(context, vocab.size)
    best, kept = int(row.argmax()), row.copy()
    row[best] += 100
    try:
        tokens = {Chooser(vocab, Sampling(), seed, [best]).choose(context.pointer, 7) for seed in range(20)}
    finally:
        row[:] = kept
    assert best not in tokens and tokens <= set(np.argsort(kept)[-60:].tolist())


def test_few_words_are_looked_at_where_the_model_is_sure(context: Context, model: int) -> None:
    row = logits(context, Vocab(model).size)
    chooser = Chooser(Vocab(model), Sampling(temperature=0.1), 1, BANNED)
    assert 1 <= len(chooser._near(row, 25.0)) < len(row) / 4


def test_a_grammar_that_wants_an_unlikely_word_gets_it(context: Context, model: int) -> None:
    vocab = Vocab(model)
    row = logits(context, vocab.size)
    worst = next(int(t) for t in np.argsort(row) if vocab.piece(int(t)).isalpha())
    grammar = Grammar(vocab, f'root ::= "{vocab.piece(worst).decode()}"')
    assert Chooser(vocab, Sampling(temperature=0.05), 1, BANNED).choose(context.pointer, 7, grammar) == worst
