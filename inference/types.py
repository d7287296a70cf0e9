"""The values the engine takes and gives, and the seam every backend fills.

Pure: no llama.cpp, no sockets. `clinic.reasoning` may import this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Segment(Value):
    """A piece of the user turn. Untrusted text is tokenised so that no control token can come out of it."""

    text: str
    trusted: bool = False


class Sampling(Value):
    """R1's published settings are the defaults (deepseek-ai/DeepSeek-R1 README: temperature 0.5-0.7, top-p 0.95)."""

    temperature: float = Field(0.6, ge=0, le=2)
    top_p: float = Field(0.95, gt=0, le=1)
    top_k: int = Field(0, ge=0)
    """0 = off."""
    endless: bool = False
    """The host never draws an end token: for measuring, where each stream must have the length asked for."""


class Effort(StrEnum):
    """How much a model may think before it answers. Who asks chooses one; `Request.think_budget` is what travels."""

    OFF = "off"
    LOW = "low"
    HIGH = "high"


class Budget(NamedTuple):
    """A think budget in tokens, and why this figure."""

    tokens: int
    reason: str


BUDGETS: dict[Effort, Budget] = {
    Effort.OFF: Budget(0, "An empty think block: the answer begins at once. For drafting and summing up, not for weighing."),
    Effort.LOW: Budget(512, "About 2,000 characters, a quarter of the time of high: one look at each plan, on a machine without a GPU."),
    Effort.HIGH: Budget(
        2048,
        "About 8,000 characters; with prompt and answer it fits into 8,192 tokens. There is no more on purpose: long reasoning is where R1 "
        "errs (answers with under 5,000 characters of it were the more reliable ones, arXiv 2504.00016).",
    ),
}
"""Effort -> budget, for a prompt that asks R1 to weigh two plans. A smaller task takes a share of it."""


class Request(Value):
    """One user turn in R1's template: no system prompt, `<think>` forced, then an answer under a schema.

    `think_budget`: 0 = reasoning off (empty think block is prefilled); None = free up to `max_tokens`;
    at the budget `</think>` is forced and the answer begins.
    `answer_prefix` is put after `</think>` before the model writes on.
    """

    segments: tuple[Segment, ...]
    sampling: Sampling = Sampling()
    seed: int = 1
    samples: int = Field(1, ge=1, le=16)
    think_budget: int | None = Field(512, ge=0)
    max_tokens: int = Field(1024, ge=1)
    answer_prefix: str = ""
    answer_schema: dict[str, Any] | None = None
    """JSON schema that the answer's grammar admits; None = free text."""
    deadline_s: float = 300.0
    client: str = ""
    """Opaque id of the consult; never a patient's name. Nothing is shared between different clients."""


class ChunkKind(StrEnum):
    QUEUED = "queued"
    PREFILL = "prefill"
    THINK = "think"
    ANSWER = "answer"
    DONE = "done"
    BEAT = "beat"
    """A sign of life of the whole request: it is worked on, or waits, and there is nothing new."""


class Chunk(Value):
    """A piece of one sample's stream. DONE comes once a sample, with its counts and why it stopped."""

    kind: ChunkKind
    sample: int = 0
    text: str = ""
    finish: str = ""
    """For DONE: stop, length, cancelled, loop."""
    prompt_tokens: int = 0
    think_tokens: int = 0
    answer_tokens: int = 0
    position: int = 0
    """For QUEUED: place in the queue. For PREFILL: tokens done."""


BEAT = Chunk(kind=ChunkKind.BEAT, sample=-1)


class Identity(Value):
    """What answered: kept with every run so that it can be replayed."""

    model: str
    digest: str
    """sha256 of the weights file, or what a server says of itself."""
    engine: str
    """For example `llama-cpp-python 0.3.36`."""
    template: str
    """Name and digest of the chat template."""
    context: int
    demonstration: bool = False
    dialect: str = "plain"
    """`plain`: prompts in words. `symbols`: the delexicalised prompts of the bundled model (models/dialect.py)."""


class Engine(Protocol):
    """Writes text from a request. Errors are those of `inference.errors`, each with a `code` and `retryable`."""

    def identity(self) -> Identity: ...

    def generate(self, request: Request) -> Iterator[Chunk]:
        """Streams chunks of all samples as they come; closing the iterator cancels."""

    def count(self, segments: tuple[Segment, ...]) -> int:
        """Prompt tokens of these segments, scaffold included."""

    def ready(self) -> bool: ...


class Generation(Value):
    """One sample, collected."""

    think: str
    answer: str
    finish: str
    prompt_tokens: int
    think_tokens: int
    answer_tokens: int


def collect(chunks: Iterator[Chunk]) -> list[Generation]:
    """All samples of a stream, in sample order."""
    think: dict[int, list[str]] = {}
    answer: dict[int, list[str]] = {}
    done: dict[int, Chunk] = {}
    for chunk in chunks:
        if chunk.kind is ChunkKind.THINK:
            think.setdefault(chunk.sample, []).append(chunk.text)
        elif chunk.kind is ChunkKind.ANSWER:
            answer.setdefault(chunk.sample, []).append(chunk.text)
        elif chunk.kind is ChunkKind.DONE:
            done[chunk.sample] = chunk
    return [
        Generation(
            think="".join(think.get(i, [])),
            answer="".join(answer.get(i, [])),
            finish=end.finish,
            prompt_tokens=end.prompt_tokens,
            think_tokens=end.think_tokens,
            answer_tokens=end.answer_tokens,
        )
        for i, end in sorted(done.items())
    ]
