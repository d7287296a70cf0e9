"""One llama context with several sequences. Only one thread may call it (but for `abort`).

Each sequence has its own stream of the key-value memory (`kv_unified` off): a token attends to its own sequence only,
and what other sequences do cannot move its cells.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from inference.errors import InferenceError, WeightsUnreadable
from inference.llama.library import lib


class Entry(NamedTuple):
    """One token of a batch."""

    token: int
    position: int
    sequence: int
    wants_logits: bool


class Aborted(Exception):
    """The batch was abandoned because `Context.abort` was set; sequences must be trimmed to what is known."""


class DecodeFailed(InferenceError):
    code = "decode_failed"
    retryable = True


@dataclass(frozen=True)
class Shape:
    """`context` is per sequence; `batch` bounds the tokens of one step, and so the time a cancel can take."""

    context: int
    sequences: int = 8
    batch: int = 256
    threads: int = 1


class Context:
    def __init__(self, model: int, shape: Shape) -> None:
        params = lib.llama_context_default_params()
        params.n_ctx = shape.context * shape.sequences
        params.n_seq_max = shape.sequences
        params.n_batch = params.n_ubatch = shape.batch
        params.n_threads = params.n_threads_batch = shape.threads
        params.kv_unified = False
        params.no_perf = True
        self._context = lib.llama_init_from_model(model, params)
        if not self._context:
            raise WeightsUnreadable("this model", "there is not enough memory for its context; lower context or sequences")
        self.limit = int(lib.llama_n_ctx_seq(self._context))
        self._memory = lib.llama_get_memory(self._context)
        self._batch = lib.llama_batch_init(shape.batch, 0, 1)
        self._size = shape.batch
        self._vocab_size = int(lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model)))
        self._most_outputs = 0
        self._flag = ctypes.create_string_buffer(2)
        self._arm_abort()

    def _arm_abort(self) -> None:
        """llama.cpp asks between operations whether to stop. The answer is C's own `strlen(flag)`: "" is no, "\\1" is yes.

        A Python callback would take the interpreter lock thousands of times a token.
        """
        strlen = ctypes.cast(ctypes.CDLL(None).strlen, ctypes.c_void_p)
        self._callback = ctypes.cast(strlen, lib.ggml_abort_callback)
        lib.llama_set_abort_callback(self._context, self._callback, ctypes.cast(self._flag, ctypes.c_void_p))

    @property
    def pointer(self) -> int:
        return int(self._context)

    def abort(self, wanted: bool = True) -> None:
        """May be called from any thread: ends the running decode early."""
        self._flag[0] = b"\1" if wanted else b"\0"

    def decode(self, entries: Iterable[Entry]) -> None:
        """Runs one batch. Afterwards `sampler` reads the logits of the i-th entry that wanted them, by its index."""
        batch, count, outputs = self._batch, 0, 0
        for token, position, sequence, wants_logits in entries:
            batch.token[count] = token
            batch.pos[count] = position
            batch.n_seq_id[count] = 1
            batch.seq_id[count][0] = sequence
            batch.logits[count] = wants_logits
            count += 1
            outputs += wants_logits
        batch.n_tokens = count
        self._most_outputs = max(self._most_outputs, outputs)
        result = lib.llama_decode(self._context, batch)
        if result == 2:
            raise Aborted
        if result != 0:
            raise DecodeFailed(f"llama.cpp could not decode a batch (code {result}). The host restarts; send it again.")

    def copy(self, source: int, target: int, tokens: int) -> None:
        """Gives `target` the first `tokens` positions of `source`."""
        lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)
        self.trim(target, tokens)

    def trim(self, sequence: int, tokens: int) -> None:
        """Forgets what follows the first `tokens` positions."""
        lib.llama_memory_seq_rm(self._memory, sequence, tokens, -1)

    def remove(self, sequence: int) -> None:
        lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def used(self, sequence: int) -> int:
        """Positions this sequence holds."""
        return int(lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def wipe(self) -> None:
        """Overwrites keys, values, the batch and the last logits with zeros. Only while no sequence is in use."""
        lib.llama_memory_clear(self._memory, True)
        ctypes.memset(self._batch.token, 0, self._size * ctypes.sizeof(lib.llama_token))
        logits = lib.llama_get_logits(self._context)
        if logits and self._most_outputs:
            ctypes.memset(logits, 0, self._most_outputs * self._vocab_size * ctypes.sizeof(ctypes.c_float))

    def close(self) -> None:
        if self._context:
            lib.llama_batch_free(self._batch)
            lib.llama_free(self._context)
            self._context = None
