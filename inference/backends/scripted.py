"""Answers from a queue, for unit tests of what stands above the engine. Chosen by name only, never as a fallback."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from inference.errors import InferenceError, RequestInvalid, RequestTooLong
from inference.types import Chunk, ChunkKind, Identity, Request, Segment

Answer = str | tuple[str, str] | InferenceError
"""An answer; a think text and an answer; or an error to raise instead."""

PIECE = 12
"""Characters a chunk, so that streaming code meets pieces."""


class ScriptedEngine:
    """Each sample of each request takes the next answer, when the request is made. `requests` holds what was asked, for the test to look at."""

    def __init__(self, answers: Iterable[Answer] = (), context: int = 4096) -> None:
        self._answers, self._context = deque(answers), context
        self.requests: list[Request] = []

    def add(self, *answers: Answer) -> None:
        self._answers.extend(answers)

    def identity(self) -> Identity:
        return Identity(model="scripted", digest="0" * 64, engine="scripted", template="r1", context=self._context, demonstration=True)

    def generate(self, request: Request) -> Iterator[Chunk]:
        if (count := self.count(request.segments)) > self._context:
            raise RequestTooLong(count, self._context)
        self.requests.append(request)
        for sample, answer in enumerate(self._take(request.samples)):
            yield from self._play(request, sample, answer)

    def _take(self, samples: int) -> list[Answer]:
        """As many answers as samples, or up to the error that ends the request."""
        taken: list[Answer] = []
        while len(taken) < samples and not (taken and isinstance(taken[-1], InferenceError)):
            taken.append(self._answers.popleft() if self._answers else RequestInvalid("the script has no answer left for this request"))
        return taken

    def _play(self, request: Request, sample: int, answer: Answer) -> Iterator[Chunk]:
        if isinstance(answer, InferenceError):
            raise answer
        think, text = answer if isinstance(answer, tuple) else ("", answer)
        words, budget = think.split(), request.think_budget
        if budget is not None and len(words) > budget:
            think = " ".join(words[:budget])
        for kind, whole in ((ChunkKind.THINK, think), (ChunkKind.ANSWER, text)):
            for start in range(0, len(whole), PIECE):
                yield Chunk(kind=kind, sample=sample, text=whole[start : start + PIECE])
        yield Chunk(
            kind=ChunkKind.DONE,
            sample=sample,
            finish="stop",
            prompt_tokens=self.count(request.segments),
            think_tokens=len(think.split()),
            answer_tokens=len(text.split()),
        )

    def count(self, segments: tuple[Segment, ...]) -> int:
        """Words, and two for the scaffold."""
        return 2 + sum(len(segment.text.split()) for segment in segments)

    def ready(self) -> bool:
        return True
