"""The next token of one sequence: a seeded chain, and a grammar where the answer has a schema."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable

import numpy as np

from inference.errors import RequestInvalid
from inference.llama.library import lib
from inference.llama.vocab import Vocab
from inference.types import Sampling

CANDIDATE = np.dtype([("id", np.intc), ("logit", np.single), ("p", np.single)], align=True)


class Grammar:
    """A GBNF grammar and how far the text has come in it."""

    def __init__(self, vocab: Vocab, text: str) -> None:
        self._sampler = lib.llama_sampler_init_grammar(vocab.pointer, text.encode(), b"root")
        if not self._sampler:
            raise RequestInvalid("llama.cpp cannot read the grammar of this answer schema; use a simpler schema")
        self._end = next(iter(vocab.ends), None)

    def admits(self, token: int) -> bool:
        one = np.array([(token, 1.0, 0.0)], dtype=CANDIDATE)
        lib.llama_sampler_apply(self._sampler, ctypes.byref(candidates(one)))
        return bool(np.isfinite(one["logit"][0]))

    def complete(self) -> bool:
        """The text so far is a whole sentence of the grammar."""
        return self._end is not None and self.admits(self._end)

    def accept(self, token: int) -> None:
        """Only for a token that it admits: llama.cpp ends the process otherwise."""
        lib.llama_sampler_accept(self._sampler, token)

    def mask(self, array: np.ndarray) -> None:
        lib.llama_sampler_apply(self._sampler, ctypes.byref(candidates(array)))

    def close(self) -> None:
        if self._sampler:
            lib.llama_sampler_free(self._sampler)
            self._sampler = None


class Chooser:
    """Draws tokens by R1's settings: temperature, top-p, top-k, then the seeded draw."""

    def __init__(self, vocab: Vocab, sampling: Sampling, seed: int, banned: Iterable[int]) -> None:
        self._size = vocab.size
        self._banned = np.array(sorted(banned), dtype=np.intp)
        self._chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        self._ban(vocab)
        for part in _parts(sampling, seed & 0x7FFFFFFF):
            lib.llama_sampler_chain_add(self._chain, part)

    def _ban(self, vocab: Vocab) -> None:
        biases = (lib.llama_logit_bias * (len(self._banned) or 1))()
        for bias, token in zip(biases, self._banned.tolist(), strict=False):
            bias.token, bias.bias = token, float("-inf")
        lib.llama_sampler_chain_add(self._chain, lib.llama_sampler_init_logit_bias(vocab.size, len(self._banned), biases))

    def choose(self, context: int, index: int, grammar: Grammar | None = None) -> int:
        """Draws freely first; the grammar is applied to the whole vocabulary only where the draw broke it."""
        token = int(lib.llama_sampler_sample(self._chain, context, index))
        if grammar is None:
            return token
        if not grammar.admits(token):
            token = self._under(grammar, context, index)
        grammar.accept(token)
        return token

    def _under(self, grammar: Grammar, context: int, index: int) -> int:
        array = np.zeros(self._size, dtype=CANDIDATE)
        array["id"] = np.arange(self._size)
        array["logit"] = np.ctypeslib.as_array(lib.llama_get_logits_ith(context, index), shape=(self._size,))
        array["logit"][self._banned] = -np.inf
        grammar.mask(array)
        admitted = array[np.isfinite(array["logit"])].copy()
        if not len(admitted):
            raise RequestInvalid("the answer schema admits no token of this model's vocabulary here")
        view = candidates(admitted)
        lib.llama_sampler_apply(self._chain, ctypes.byref(view))
        return int(view.data[view.selected if view.selected >= 0 else 0].id)

    def close(self) -> None:
        if self._chain:
            lib.llama_sampler_free(self._chain)
            self._chain = None


def candidates(array: np.ndarray) -> lib.llama_token_data_array:
    view = lib.llama_token_data_array()
    view.data = array.ctypes.data_as(ctypes.POINTER(lib.llama_token_data))  # type: ignore[assignment]
    view.size, view.selected, view.sorted = len(array), -1, False
    return view


def _parts(sampling: Sampling, seed: int) -> list[int]:
    if sampling.temperature == 0:
        return [lib.llama_sampler_init_greedy()]
    parts = [lib.llama_sampler_init_temp(sampling.temperature)]
    if sampling.top_p < 1:
        parts.append(lib.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.top_k:
        parts.append(lib.llama_sampler_init_top_k(sampling.top_k))
    return [*parts, lib.llama_sampler_init_dist(seed)]
