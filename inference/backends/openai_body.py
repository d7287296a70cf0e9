"""What one sample asks of an OpenAI-compatible server: the request's body, and the manners of a server that were learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from inference.template import neutralise
from inference.types import Chunk, ChunkKind, Request, Segment
from inference.writing import answer_reserve

THINK, CLOSE = "<think>\n", "</think>"


@dataclass
class Manners:
    """How a server differs from the next one. Starts as most are; a refusal or an unthought answer teaches the rest."""

    schema_form: str = "json_schema"
    """llama-cpp-python's server knows the schema only as part of `json_object`."""
    thinks_apart: bool = False
    """The server's grammar would bind the thinking too: think in a request of its own, without the schema."""


@dataclass(frozen=True)
class Turn:
    """One HTTP request of a sample. `start`: the assistant's first words, put in by us. `thinks`: it ends with the thinking."""

    start: str = ""
    thinks: bool = False


@dataclass
class Sample:
    """One sample's stream so far."""

    index: int
    think: str = ""
    answer: str = ""
    think_tokens: int = 0
    answer_tokens: int = 0
    prompt_tokens: int = 0
    finish: str = "stop"
    left: bool = False
    """Nobody reads it any more: no further HTTP request is sent."""
    hang_up: Callable[[], None] = field(default=lambda: None, repr=False)
    """Ends the HTTP request under way, from any thread."""

    def closed(self) -> str:
        """The think block as it goes back to the server."""
        return f"{THINK}{self.think.rstrip()}\n{CLOSE}\n\n"

    def show(self, think: str = "", answer: str = "") -> Chunk:
        """Counts a piece; a server's piece is a token, or rarely a few."""
        self.think, self.answer = self.think + think, self.answer + answer
        self.think_tokens += bool(think)
        self.answer_tokens += bool(answer)
        return Chunk(kind=ChunkKind.THINK if think else ChunkKind.ANSWER, sample=self.index, text=think or answer)

    def done(self) -> Chunk:
        return Chunk(
            kind=ChunkKind.DONE,
            sample=self.index,
            finish=self.finish,
            prompt_tokens=self.prompt_tokens,
            think_tokens=self.think_tokens,
            answer_tokens=self.answer_tokens,
        )


def body(model: str, request: Request, sample: Sample, turn: Turn, manners: Manners) -> dict[str, Any]:
    messages = [{"role": "user", "content": plain(request.segments)}]
    result: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": request.sampling.temperature,
        "top_p": request.sampling.top_p,
        "seed": request.seed + sample.index,
        "max_tokens": max(1, request.max_tokens - sample.think_tokens),
    }
    if request.sampling.top_k:
        result["top_k"] = request.sampling.top_k
    if turn.thinks:
        most = max(1, request.max_tokens - answer_reserve(request.max_tokens))
        result |= {"stop": [CLOSE], "max_tokens": min(most, most if request.think_budget is None else request.think_budget)}
    elif request.answer_schema is not None:
        result["response_format"] = FORMS[manners.schema_form](request.answer_schema)
    if turn.start:
        messages.append({"role": "assistant", "content": turn.start})
        result |= {"add_generation_prompt": False, "continue_final_message": True}
    return result


FORMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "json_schema": lambda schema: {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}},
    "json_object": lambda schema: {"type": "json_object", "schema": schema},
}
"""The two ways in which servers take a schema."""


def plain(segments: tuple[Segment, ...]) -> str:
    """The user turn; what is not ours has its spelled control tokens broken up."""
    return "".join(segment.text if segment.trusted else neutralise(segment.text) for segment in segments)
