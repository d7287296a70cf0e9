"""From a waiting sample to a running one: its writing, its sampler, its grammar, and whose prefix it may copy."""

from __future__ import annotations

from collections.abc import Iterable

from inference.errors import RequestInvalid, RequestTooLong
from inference.job import Job, Stream
from inference.llama.sampler import Chooser, Grammar
from inference.llama.vocab import Vocab
from inference.schema import grammar
from inference.template import Marks
from inference.types import Request
from inference.writing import Writing

MIN_SHARED = 16
"""Shorter common prefixes are not worth a copy."""
MIN_ROOM = 16
"""Tokens a prompt must leave for the model to write."""
ANSWER_SEED = 0x2545F491
"""Mixed into the seed for the answer, so that it does not depend on how long the thinking was."""


class Opener:
    """`limit`: tokens of one sequence."""

    def __init__(self, vocab: Vocab, marks: Marks, limit: int) -> None:
        self._vocab, self._marks, self._limit = vocab, marks, limit
        self._never = (vocab.control - vocab.ends) | set(marks.think_open[:1])
        """Control tokens that no model may write."""

    def check(self, request: Request, prompt: list[int]) -> None:
        """Refuses, before it waits, what could not run."""
        prefix = self._vocab.untrusted(request.answer_prefix)
        limit = self._limit - MIN_ROOM - len(self._marks.empty_block) - len(prefix)
        if len(prompt) > limit:
            raise RequestTooLong(len(prompt), limit)
        if rules := self._grammar(request, prefix):
            rules.close()

    def open(self, job: Job, sample: int, slot: int) -> Stream:
        prefix = self._vocab.untrusted(job.request.answer_prefix)
        reserve = len(self._marks.empty_block) + len(prefix)
        writing = Writing(
            sample=sample,
            request=job.request,
            marks=self._marks,
            prefix=prefix,
            ends=self._vocab.ends,
            piece=self._vocab.piece,
            room=max(1, min(job.request.max_tokens, self._limit - len(job.prompt) - reserve)),
            prompt_tokens=len(job.prompt),
        )
        scaffold, chunks = writing.opening()
        rules = None if writing.thinking else self._grammar(job.request, prefix)
        job.out += chunks
        return Stream(job, slot, writing, [*job.prompt, *scaffold], self._chooser(writing), rules)

    def begin_answer(self, stream: Stream) -> None:
        """The thinking is over: another sampler, and the grammar."""
        stream.chooser.close()
        stream.chooser = self._chooser(stream.writing)
        stream.grammar = self._grammar(stream.job.request, stream.writing.prefix)

    def _chooser(self, writing: Writing) -> Chooser:
        seed = writing.request.seed + writing.sample
        if writing.thinking:
            return Chooser(self._vocab, writing.request.sampling, seed, self._never - {self._marks.think_close})
        closing = {self._marks.think_close} if self._marks.thinks else set()
        closing |= self._vocab.ends if writing.request.sampling.endless else set()
        return Chooser(self._vocab, writing.request.sampling, seed ^ ANSWER_SEED, self._never | closing)

    def _grammar(self, request: Request, prefix: list[int]) -> Grammar | None:
        """The answer's grammar, already past the prefix."""
        if request.answer_schema is None:
            return None
        rules = Grammar(self._vocab, grammar(request.answer_schema))
        for token in prefix:
            if not rules.admits(token):
                rules.close()
                raise RequestInvalid("the answer prefix does not fit the answer schema")
            rules.accept(token)
        return rules


def source(stream: Stream, running: Iterable[Stream]) -> tuple[Stream | None, int]:
    """The running sample of the same client with the longest common prefix, and its length. Clients never mix."""
    best, length = None, MIN_SHARED - 1
    client = stream.job.request.client
    for other in running:
        same = other.job is stream.job or (client and other.job.request.client == client)
        if same and (found := common(other.job.prompt, stream.job.prompt)) > length:
            best, length = other, found
    return (best, length) if best else (None, 0)


def common(a: list[int], b: list[int]) -> int:
    """Length of the common prefix, less the last token: its logits are needed anew."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return min(count, len(a) - 1, len(b) - 1)
