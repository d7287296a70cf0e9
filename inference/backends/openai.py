"""Any OpenAI-compatible server: llama-server, vLLM, SGLang, or a hospital's gateway. Only this file imports httpx.

Two things such a server does not promise are done here: spelled control tokens in foreign text are broken up before
they leave, and the think budget is kept by stopping the stream at the budget and asking again with the closed think
block as the start of the answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from inference.backends.openai_stream import Part, Sent, failures, parts
from inference.backends.parallel import merged
from inference.errors import BackendProtocol, Deadline, InferenceError, RequestTooLong
from inference.template import neutralise
from inference.types import Chunk, ChunkKind, Identity, Request, Segment

CONNECT_S = 5.0
SILENCE_S = 60.0
"""Longest wait for the next piece; a busy server may read a long prompt meanwhile."""


CUT = "cut"
"""Between two requests of one sample: its thinking was stopped."""


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

    def done(self) -> Chunk:
        return Chunk(
            kind=ChunkKind.DONE,
            sample=self.index,
            finish=self.finish,
            prompt_tokens=self.prompt_tokens,
            think_tokens=self.think_tokens,
            answer_tokens=self.answer_tokens,
        )


@dataclass
class OpenAIEngine:
    """`url` ends in /v1. `context`: what the server was started with. `continues`: it takes an assistant's first words."""

    url: str
    model: str
    key: str = ""
    context: int = 32768
    continues: bool = True
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        # No proxy from the environment: patient text goes to the named server or nowhere.
        self._client = httpx.Client(headers=headers, timeout=timeout, trust_env=False, limits=httpx.Limits(max_connections=64))

    def identity(self) -> Identity:
        entry = self._entry()
        told = {key: entry[key] for key in ("root", "created", "owned_by") if key in entry}
        return Identity(
            model=self.model,
            digest=f"unknown; the server says {told}",
            engine=f"openai {self.url}",
            template="the server's",
            context=int(entry.get("max_model_len") or self.context),
        )

    def ready(self) -> bool:
        try:
            return bool(self._entry())
        except InferenceError:
            return False

    def count(self, segments: tuple[Segment, ...]) -> int:
        """By the server's tokeniser where it has one to ask (vLLM, llama-server); else estimated upwards."""
        text = _text(segments)
        root = self.url.removesuffix("/v1")
        try:
            with failures(self.url):
                reply = self._client.post(f"{root}/tokenize", json={"model": self.model, "prompt": text, "content": text})
            body = reply.json() if reply.status_code == 200 else {}
        except ValueError:
            body = {}
        exact = body.get("count") or len(body.get("tokens") or ())
        return int(exact) + 3 if exact else len(text.encode()) // 3 + 8

    def generate(self, request: Request) -> Iterator[Chunk]:
        count = self.count(request.segments)
        if count > self.context - 16:
            raise RequestTooLong(count, self.context - 16)
        until = time.monotonic() + request.deadline_s
        yield from merged([self._sample(request, index, until) for index in range(request.samples)])

    def _sample(self, request: Request, index: int, until: float) -> Iterator[Chunk]:
        """Thinks, then answers; in one HTTP request where the server can be left to it, in two where it must be cut."""
        sample = Sample(index)
        if request.think_budget == 0:
            yield from self._answer(request, sample, "<think>\n\n</think>\n\n", until)
        else:
            yield from self._run(request, sample, "", until)
            if sample.finish == CUT:
                yield from self._answer(request, sample, f"<think>\n{sample.think.rstrip()}\n</think>\n\n", until)
        yield sample.done()

    def _answer(self, request: Request, sample: Sample, block: str, until: float) -> Iterator[Chunk]:
        """The answer after a think block that is already closed."""
        if request.answer_prefix:
            yield self._show(sample, Part(answer=request.answer_prefix))
        yield from self._run(request, sample, block + request.answer_prefix, until)

    def _run(self, request: Request, sample: Sample, start: str, until: float) -> Iterator[Chunk]:
        """One HTTP request: chunks until the server ends, or until the thinking has to be cut."""
        budget = request.think_budget if not start else None
        sample.finish = "stop"
        with failures(self.url), self._client.stream(
            "POST", f"{self.url}/chat/completions", json=self._body(request, sample, start)
        ) as reply:
            sent = Sent(self.url, reply, expects_json=request.answer_schema is not None, started=bool(start))
            for part in parts(sent):
                if time.monotonic() > until:
                    raise Deadline(request.deadline_s)
                if part.answer and request.answer_prefix and not start:
                    sample.finish = CUT  # thinking is over; ask again for an answer in our first words
                    return
                if part.finish:
                    sample.finish = "length" if part.finish == "length" else "stop"
                sample.prompt_tokens = part.prompt_tokens or sample.prompt_tokens
                if part.think or part.answer:
                    yield self._show(sample, part)
                if budget is not None and sample.think_tokens >= budget and self.continues:
                    sample.finish = CUT
                    return

    def _show(self, sample: Sample, part: Part) -> Chunk:
        if part.think:
            sample.think += part.think
            sample.think_tokens += 1
            return Chunk(kind=ChunkKind.THINK, sample=sample.index, text=part.think)
        sample.answer += part.answer
        sample.answer_tokens += 1
        return Chunk(kind=ChunkKind.ANSWER, sample=sample.index, text=part.answer)

    def _body(self, request: Request, sample: Sample, start: str) -> dict[str, Any]:
        messages = [{"role": "user", "content": _text(request.segments)}]
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
            "seed": request.seed + sample.index,
            "max_tokens": max(1, request.max_tokens - sample.think_tokens),
        }
        if request.sampling.top_k:
            body["top_k"] = request.sampling.top_k
        if request.answer_schema is not None:
            form = {"name": "answer", "strict": True, "schema": request.answer_schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        if start:
            messages.append({"role": "assistant", "content": start})
            body |= {"add_generation_prompt": False, "continue_final_message": True}
        return body

    def _entry(self) -> dict[str, Any]:
        """What the server says of our model; an error where it does not have it."""
        with failures(self.url):
            reply = self._client.get(f"{self.url}/models", timeout=CONNECT_S)
            Sent(self.url, reply).check()
        try:
            listed = reply.json()["data"]
        except (ValueError, KeyError, TypeError):
            raise BackendProtocol(self.url, "its list of models is not a list") from None
        for entry in listed:
            if entry.get("id") == self.model:
                return dict(entry)
        raise BackendProtocol(self.url, f"it does not serve {self.model!r} but {[entry.get('id') for entry in listed]}")


def _text(segments: tuple[Segment, ...]) -> str:
    return "".join(segment.text if segment.trusted else neutralise(segment.text) for segment in segments)

