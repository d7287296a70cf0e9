"""Any OpenAI-compatible server: llama-server, llama-cpp-python's, vLLM, SGLang, or a hospital's gateway.

Three things such a server does not promise are done here: spelled control tokens in foreign text are broken up before
they leave; the think budget is kept by stopping the stream there and asking again with the closed think block as the
start of the answer; and a sample thinks in a request of its own where a server's grammar would bind the thinking too, and
in free text, where a template that opens the block by itself would leave thinking and answer in one.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from inference.backends.openai_body import THINK, Manners, Sample, Turn, body, plain
from inference.backends.openai_stream import RESPONSE_FORMAT, Sent, failures, hang_up, parts
from inference.backends.parallel import merged
from inference.errors import BackendBusy, BackendProtocol, BackendRefused, Deadline, InferenceError, RequestInvalid, RequestTooLong
from inference.types import Chunk, ChunkKind, Identity, Request, Segment

CONNECT_S = 5.0
SILENCE_S = 60.0
"""Longest wait for the next piece; a busy server may read a long prompt meanwhile."""
MIN_ROOM = 16
"""Tokens a prompt must leave for the model to write."""
BEAT_S = 1.0
"""Between signs of life while a busy server is waited for."""
TOKENISERS = (("/tokenize", ("prompt", "content")), ("/extras/tokenize", ("input",)))
"""Where servers count (vLLM and llama-server; llama-cpp-python's), and what they call the text."""

CUT, UNTHOUGHT = "cut", "unthought"
"""Between two requests of one sample: its thinking was stopped; or it answered at once, under the schema, without thinking."""


@dataclass
class OpenAIEngine:
    """`url` ends in /v1. `context`: what the server was started with. `continues`: it takes an assistant's first words."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    ca: str = ""
    """A PEM file with the authorities whose certificates are trusted; "" = the public ones."""
    context: int = 32768
    continues: bool = True
    silence_s: float = SILENCE_S
    manners: Manners = field(default_factory=Manners, repr=False)
    _client: httpx.Client = field(init=False, repr=False)
    _listed: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.username or parts.password or parts.query:
            raise RequestInvalid("a server's address may carry no password and no query: it is shown and kept; give the key as the key")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        # No proxy from the environment: patient text goes to the named server or nowhere.
        self._client = httpx.Client(headers=headers, timeout=CONNECT_S, trust_env=False, limits=httpx.Limits(max_connections=64), verify=trusted(self.ca))

    def identity(self) -> Identity:
        entry = self._entry()
        told = {key: entry[key] for key in ("root", "created", "owned_by") if key in entry}
        return Identity(
            model=self.model,
            digest=f"unknown; the server says {told}",
            engine=f"openai {self.url}",
            template="the server's",
            context=self.context,
        )

    def ready(self) -> bool:
        try:
            return bool(self._entry())
        except InferenceError:
            return False

    def count(self, segments: tuple[Segment, ...]) -> int:
        """By the server's tokeniser where it has one to ask; else estimated upwards."""
        text = plain(segments)
        for path, names in TOKENISERS:
            if exact := self._counted(path, {"model": self.model, **dict.fromkeys(names, text)}):
                return exact + 3
        return len(text.encode()) // 3 + 8

    def generate(self, request: Request) -> Iterator[Chunk]:
        if request.answer_prefix and request.answer_schema is not None:
            raise RequestInvalid("a server's grammar starts from nothing and cannot go on from an answer prefix; send one of the two")
        if not self._listed:
            self._entry()  # some servers answer for a model they do not have with the one they have
        count = self.count(request.segments)
        if count > self.context - MIN_ROOM:
            raise RequestTooLong(count, self.context - MIN_ROOM)
        request = request.model_copy(update={"max_tokens": min(request.max_tokens, self.context - count)})  # some refuse more than fits
        until = time.monotonic() + request.deadline_s
        samples = [Sample(index) for index in range(request.samples)]
        try:
            yield from merged([self._sample(request, sample, until) for sample in samples])
        finally:
            for sample in samples:
                sample.left = True
                sample.hang_up()

    def _sample(self, request: Request, sample: Sample, until: float) -> Iterator[Chunk]:
        """Thinks, then answers; in one HTTP request where the server can be left to it, in two where it cannot."""
        if request.think_budget == 0:
            yield from self._answer(request, sample, f"{THINK}\n</think>\n\n", until)
        elif self.continues and (self.manners.thinks_apart or request.answer_schema is None):
            yield from self._think_apart(request, sample, until)
        else:
            yield from self._run(request, sample, Turn(), until)
            if sample.finish == CUT:
                yield from self._answer(request, sample, sample.closed(), until)
            elif sample.finish == UNTHOUGHT:
                self.manners.thinks_apart = True
                yield from self._think_apart(request, sample, until)
        yield sample.done()

    def _think_apart(self, request: Request, sample: Sample, until: float) -> Iterator[Chunk]:
        yield from self._run(request, sample, Turn(THINK, thinks=True), until)
        yield from self._answer(request, sample, sample.closed(), until)

    def _answer(self, request: Request, sample: Sample, block: str, until: float) -> Iterator[Chunk]:
        """The answer after a think block that is already closed."""
        if request.answer_prefix:
            yield sample.show(answer=request.answer_prefix)
        yield from self._run(request, sample, Turn(block + request.answer_prefix), until)

    def _run(self, request: Request, sample: Sample, turn: Turn, until: float) -> Iterator[Chunk]:
        """One HTTP request, sent again when a busy server said for how long to wait, or in the words that this server takes."""
        while True:
            form = self.manners.schema_form
            try:
                yield from self._stream(request, sample, turn, until)
                return
            except BackendBusy as busy:
                yield from _waited(busy, sample, until)
            except BackendRefused as refused:
                if form == "json_object" or RESPONSE_FORMAT not in str(refused):
                    raise
                self.manners.schema_form = "json_object"

    def _stream(self, request: Request, sample: Sample, turn: Turn, until: float) -> Iterator[Chunk]:
        """Chunks until the server ends, or until the thinking has to be cut."""
        budget = request.think_budget if turn == Turn() else None
        sample.finish = "cancelled" if sample.left else "stop"
        if sample.left:
            return
        sent_body = body(self.model, request, sample, turn, self.manners)
        timeout = httpx.Timeout(max(0.05, min(self.silence_s, until - time.monotonic())), connect=CONNECT_S)
        with failures(self.url, until, request.deadline_s), self._client.stream(
            "POST", f"{self.url}/chat/completions", json=sent_body, timeout=timeout
        ) as reply:
            sample.hang_up = partial(hang_up, reply)
            if sample.left:  # while the reply was awaited
                return
            expects_json = request.answer_schema is not None
            ours = (self.key, plain(request.segments))
            for part in parts(Sent(self.url, reply, ours, expects_json, started=bool(turn.start), thinking=turn.thinks)):
                if time.monotonic() > until:
                    raise Deadline(request.deadline_s)
                sample.prompt_tokens = part.prompt_tokens or sample.prompt_tokens
                if part.answer and (cut := self._cut(request, sample, turn)):
                    sample.finish = cut
                    return
                if part.finish:
                    sample.finish = "length" if part.finish == "length" else "stop"
                if part.think or part.answer:
                    yield sample.show(part.think, part.answer)
                if budget is not None and sample.think_tokens >= budget and self.continues:
                    sample.finish = CUT
                    return

    def _cut(self, request: Request, sample: Sample, turn: Turn) -> str:
        """Why the first words of an answer end this HTTP request; "" where they do not."""
        if turn.thinks:
            return CUT
        if turn.start or not self.continues:
            return ""
        if request.answer_schema is not None and not sample.think:
            return UNTHOUGHT
        return CUT if request.answer_prefix else ""  # ask again for an answer in our first words

    def _counted(self, path: str, question: dict[str, str]) -> int:
        """Tokens by one of the server's doors; 0 where it has none there."""
        try:
            with failures(self.url):
                reply = self._client.post(self.url.removesuffix("/v1") + path, json=question)
            told = reply.json() if reply.status_code == 200 else {}
            return int(told.get("count") or len(told.get("tokens") or ()))
        except (ValueError, AttributeError, TypeError):
            return 0

    def _entry(self) -> dict[str, Any]:
        """What the server says of our model; an error where it does not have it."""
        with failures(self.url):
            reply = self._client.get(f"{self.url}/models", timeout=CONNECT_S)
            Sent(self.url, reply, (self.key,)).check()
        try:
            listed = reply.json()["data"]
        except (ValueError, KeyError, TypeError):
            raise BackendProtocol(self.url, "its list of models is not a list") from None
        for entry in listed:
            if entry.get("id") == self.model:
                self._listed = True
                self.context = int(entry.get("max_model_len") or self.context)
                return dict(entry)
        raise BackendProtocol(self.url, f"it does not serve {self.model!r} but {[entry.get('id') for entry in listed]}")


def trusted(ca: str) -> ssl.SSLContext | bool:
    """What httpx is to trust. Its own choice would follow variables of the environment, which are not read here."""
    try:
        return ssl.create_default_context(cafile=ca) if ca else True
    except OSError as error:
        raise RequestInvalid(f"the file of trusted authorities {ca} cannot be read ({error}); it is a PEM file") from None


def _waited(busy: BackendBusy, sample: Sample, until: float) -> Iterator[Chunk]:
    """Waits as long as a busy server asks, with signs of life; raises where it does not say, or asks for more time than there is."""
    wait = float(busy.data["after"])
    resume = time.monotonic() + wait
    if not wait or resume > until:
        raise busy
    while (left := resume - time.monotonic()) > 0:
        yield Chunk(kind=ChunkKind.QUEUED, sample=sample.index)
        time.sleep(min(left, BEAT_S))
