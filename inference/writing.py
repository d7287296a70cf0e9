"""One sample as it is written: thinking, then answering. Pure: tokens in, chunks and the next tokens to feed out.

1. thinking: free text until the model closes the block, its budget is spent, or it tries to end; then the close is forced.
2. answering: from the prefix, until an end token, the grammar's end, or the allowance is spent.
A passage that repeats itself ends the sample in either phase.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field

from inference.sanity import WINDOW, looping
from inference.template import Marks
from inference.types import Chunk, ChunkKind, Request

LOOP_CHECK_EVERY = 16


def answer_reserve(max_tokens: int) -> int:
    """Thinking leaves this much of the allowance to the answer: half, at least one token, at most 256."""
    return min(256, max(1, max_tokens // 2))


@dataclass
class Writing:
    sample: int
    request: Request
    marks: Marks
    prefix: list[int]
    ends: frozenset[int]
    piece: Callable[[int], bytes]
    room: int
    """Tokens this sample may write at most."""
    prompt_tokens: int
    think_tokens: int = 0
    answer_tokens: int = 0
    thinking: bool = False
    finish: str = ""
    _tail: list[int] = field(default_factory=list)
    _line_open: bool = False
    _decoder: codecs.IncrementalDecoder = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))

    def __post_init__(self) -> None:
        cap = self.room - answer_reserve(self.room)
        budget = self.request.think_budget
        self._think_cap = cap if budget is None else min(budget, cap)
        self.thinking = self.marks.thinks and self._think_cap > 0

    def opening(self) -> tuple[list[int], list[Chunk]]:
        """What follows the prompt before the model's first token."""
        if self.thinking:
            return list(self.marks.think_open), []
        return [*self.marks.empty_block, *self.prefix], self._prefix_chunks()

    def take(self, token: int, complete: Callable[[], bool] = lambda: False) -> tuple[list[int], list[Chunk]]:
        """The tokens to feed next, and what can be shown. `complete`: the grammar's sentence is whole."""
        self._tail.append(token)
        del self._tail[:-WINDOW]
        return self._think(token) if self.thinking else self._answer(token, complete)

    def _think(self, token: int) -> tuple[list[int], list[Chunk]]:
        if token == self.marks.think_close:
            return self._begin_answer([token])
        if token in self.ends:
            return self._begin_answer([*self._line_break(), self.marks.think_close])
        self.think_tokens += 1
        chunks = self._show(ChunkKind.THINK, token)
        if self._loops(self.think_tokens):
            return self._end("loop", chunks)
        if self.think_tokens >= self._think_cap:
            feed, more = self._begin_answer([token, *self._line_break(), self.marks.think_close])
            return feed, chunks + more
        return [token], chunks

    def _begin_answer(self, close: list[int]) -> tuple[list[int], list[Chunk]]:
        self.thinking = False
        self._tail.clear()
        rest = self._decoder.decode(b"", final=True)
        shown = [Chunk(kind=ChunkKind.THINK, sample=self.sample, text=rest)] if rest else []
        self._decoder.reset()
        return [*close, *self.marks.after_think, *self.prefix], shown + self._prefix_chunks()

    def _answer(self, token: int, complete: Callable[[], bool]) -> tuple[list[int], list[Chunk]]:
        if token in self.ends:
            return self._end("stop", [])
        self.answer_tokens += 1
        chunks = self._show(ChunkKind.ANSWER, token)
        if self.piece(token).rstrip().endswith((b"}", b"]")) and complete():
            return self._end("stop", chunks)
        if self._loops(self.answer_tokens):
            return self._end("loop", chunks)
        if self.think_tokens + self.answer_tokens >= self.room:
            return self._end("length", chunks)
        return [token], chunks

    def _end(self, finish: str, chunks: list[Chunk]) -> tuple[list[int], list[Chunk]]:
        self.finish = finish
        rest = self._decoder.decode(b"", final=True)
        kind = ChunkKind.THINK if self.thinking else ChunkKind.ANSWER
        shown = [Chunk(kind=kind, sample=self.sample, text=rest)] if rest else []
        self._tail.clear()
        return [], [*chunks, *shown, self.done()]

    def done(self) -> Chunk:
        return Chunk(
            kind=ChunkKind.DONE,
            sample=self.sample,
            finish=self.finish or "cancelled",
            prompt_tokens=self.prompt_tokens,
            think_tokens=self.think_tokens,
            answer_tokens=self.answer_tokens,
        )

    def _show(self, kind: ChunkKind, token: int) -> list[Chunk]:
        piece = self.piece(token)
        self._line_open = not piece.endswith(b"\n")
        text = self._decoder.decode(piece)
        return [Chunk(kind=kind, sample=self.sample, text=text)] if text else []

    def _line_break(self) -> tuple[int, ...]:
        return self.marks.line if self._line_open else ()

    def _prefix_chunks(self) -> list[Chunk]:
        text = self.request.answer_prefix if self.prefix else ""
        return [Chunk(kind=ChunkKind.ANSWER, sample=self.sample, text=text)] if text else []

    def _loops(self, count: int) -> bool:
        return count % LOOP_CHECK_EVERY == 0 and looping(self._tail)
