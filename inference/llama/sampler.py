"""The next token of one sequence: a seeded chain, and a grammar where the answer has a schema."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable

import numpy as np

from inference.errors import RequestInvalid
from inference.llama.library import lib
from inference.llama.vocab import Vocab
from inference.types import Sampling

REACH, REACH_TOP_P = 25.0, 16.0
"""In temperatures: a word that far below the best weighs e to the power of -25 of it; all 151,936 together 2e-6. With top-p, whose
edge cuts such words off anyway, -16 will do: 0.017 at the very worst, where every word lies just beyond."""
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
    """Draws tokens by R1's settings: temperature, top-p, top-k, then the seeded draw.

    Only tokens within reach of the likeliest are looked at: of 151,936, some hundreds instead of all.
    """

    def __init__(self, vocab: Vocab, sampling: Sampling, seed: int, banned: Iterable[int]) -> None:
        self._size, self._temperature = vocab.size, sampling.temperature
        self._reach = REACH_TOP_P if sampling.top_p < 1 else REACH
        self._row = ctypes.c_float * vocab.size
        self._banned = np.zeros(vocab.size, dtype=bool)
        self._banned[list(banned)] = True
        self._chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for part in _parts(sampling, seed & 0x7FFFFFFF):
            lib.llama_sampler_chain_add(self._chain, part)

    def choose(self, context: int, index: int, grammar: Grammar | None = None) -> int:
        """Draws freely first; the grammar is applied only where the draw broke it."""
        row = self._row.from_address(ctypes.addressof(lib.llama_get_logits_ith(context, index).contents))
        logits = np.frombuffer(memoryview(row), np.single)
        token = self._draw(self._near(logits, self._reach))
        if grammar is None:
            return token
        if not grammar.admits(token):
            token = self._draw(self._admitted(grammar, logits))
        grammar.accept(token)
        return token

    def _near(self, logits: np.ndarray, reach: float) -> np.ndarray:
        """The candidates whose logit is at most `reach` temperatures below the best that is not banned."""
        best = int(logits.argmax())
        if self._banned[best]:
            logits = np.where(self._banned, -np.inf, logits)
            best = int(logits.argmax())
        ids = np.flatnonzero(logits >= logits[best] - np.float32(reach * self._temperature))
        ids = ids[~self._banned[ids]]
        array = np.zeros(len(ids), dtype=CANDIDATE)
        array["id"], array["logit"] = ids, logits[ids]
        return array

    def _admitted(self, grammar: Grammar, logits: np.ndarray) -> np.ndarray:
        """The candidates that the grammar admits. It looks at the whole vocabulary only where it admits nothing near the best."""
        for reach in (2 * REACH, np.inf):
            array = self._near(logits, reach) if np.isfinite(reach) else self._all(logits)
            best = array["logit"].max()
            grammar.mask(array)
            array = np.compress(np.isfinite(array["logit"]), array)
            if len(array) and (reach == np.inf or array["logit"].max() >= best - REACH * self._temperature):
                return array
        raise RequestInvalid("the answer schema admits no token of this model's vocabulary here")

    def _all(self, logits: np.ndarray) -> np.ndarray:
        array = np.zeros(self._size, dtype=CANDIDATE)
        array["id"], array["logit"] = np.arange(self._size), logits
        allowed: np.ndarray = array[~self._banned]
        return allowed

    def _draw(self, array: np.ndarray) -> int:
        view = candidates(array)
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
