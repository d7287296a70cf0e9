"""The loaded model and its batching thread, with what the socket's verbs ask of them."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

from inference.batching import Batcher
from inference.errors import InferenceError, RequestInvalid, RequestTooLong, SelfTestFailed
from inference.job import Emit, Job
from inference.llama import library, weights
from inference.llama.context import Context, Shape
from inference.llama.vocab import Vocab
from inference.options import SMALL, HostOptions, default_threads
from inference.template import TEMPLATES, encode, marks
from inference.types import Chunk, Identity, Request, Sampling, Segment
from inference.wear import PROVEN_FOR_S, Advance, Wear
from models.catalogue import Card

MOST_PER_TOKEN, LIKELY_PER_TOKEN = 32, 4
"""Characters: no text of a case comes near the first, on average; the second is that of English."""
PROBE = Request(
    segments=(Segment(text="Consilium asks: which plan is better supported, X or Y?", trusted=True),),
    sampling=Sampling(temperature=0),
    seed=7,
    think_budget=8,
    max_tokens=16,
    deadline_s=600,
)
"""What readiness writes: a fixed prompt, a fixed seed, a known result."""

STALL_S = 60.0
"""A step that takes longer hangs (promises.md, J5); the largest models that a processor can bear need a quarter of it."""


class EngineRoom:
    def __init__(self, card: Card, path: Path, options: HostOptions) -> None:
        if card.template not in TEMPLATES:
            raise RequestInvalid(f"the card {card.name} names the template {card.template}, known are {', '.join(TEMPLATES)}")
        self._card, self._options, self._template = card, options, TEMPLATES[card.template]
        descriptor = weights.open_checked(card.name, path, card.sha256)
        try:
            model = weights.load(card.name, descriptor, options.gpu_layers)
        finally:
            os.close(descriptor)
        self.description = weights.describe(model)
        self._vocab = Vocab(model)
        self._marks = marks(self._template, self._vocab)
        size = path.stat().st_size
        self._threads = options.threads or default_threads(size)
        shape = Shape(options.context or card.context, options.slots, max(options.batch, options.slots), self._threads)
        self._context = Context(model, shape)
        self.batcher = Batcher(self._context, self._vocab, self._marks, options.slots, shape.batch, options.queue, small=size < SMALL)
        self.fingerprint = ""
        self.wear = Wear(options.recycle, options.memory_limit)
        self._advance = Advance(STALL_S)
        self._proving = threading.Lock()

    def start(self) -> None:
        """Starts the batching thread, and decodes for two sequences at once before anyone relies on it."""
        self.batcher.start()
        self._write(PROBE.model_copy(update={"samples": min(2, self._options.slots)}))
        self.fingerprint = self._prove()

    def close(self) -> None:
        self.batcher.stop()
        self.batcher.join(timeout=5)

    def identity(self) -> Identity:
        return Identity(
            model=self._card.name,
            digest=self._card.sha256,
            engine=library.version(),
            template=self._template.label,
            context=self._context.limit,
            demonstration=self._card.demonstration,
            dialect=self._card.dialect,
        )

    def count(self, segments: tuple[Segment, ...]) -> int:
        """Takes seconds for megabytes, as `submit` does: not for the event loop."""
        return self._far_too_long(segments) or len(encode(self._template, self._vocab, segments))

    def submit(self, request: Request, emit: Emit) -> Job:
        if count := self._far_too_long(request.segments):
            raise RequestTooLong(count, self._context.limit)
        return self.batcher.submit(request, encode(self._template, self._vocab, request.segments), emit)

    def _far_too_long(self, segments: tuple[Segment, ...]) -> int:
        """Tokens, by estimate, of a text that need not be tokenised to be refused; else 0."""
        length = sum(len(segment.text) for segment in segments)
        return length // LIKELY_PER_TOKEN if length > MOST_PER_TOKEN * self._context.limit else 0

    def ready(self) -> bool:
        """The model still writes what it wrote at the start. Proven again every hour, when idle; twice before it is doubted."""
        if self.batcher.broken:
            return False
        if time.monotonic() - self.wear.proven < PROVEN_FOR_S or not self.batcher.idle():
            return True
        return self.fingerprint in (self._prove(), self._prove())

    def stalled(self) -> bool:
        """There is work, and the batch has not advanced for too long: its native code hangs."""
        counts = self.batcher.metrics.counts
        return self._advance.stalled(counts["tokens"] + counts["prompt_tokens"], self.batcher.idle())

    def metrics(self) -> dict[str, float]:
        gauges = {"slots": float(self._options.slots), "threads": float(self._threads), "consults": float(self.wear.consults)}
        gauges |= self.batcher.gauges()
        return self.batcher.metrics.report(**gauges)

    def _prove(self) -> str:
        with self._proving:
            text = self._write(PROBE)
            self.wear.proven = time.monotonic()
            return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _write(self, request: Request) -> str:
        """All chunks of an own request, as one text."""
        done, chunks, errors = threading.Event(), [], []

        def emit(new: list[Chunk], error: InferenceError | None) -> None:
            chunks.extend(new)
            errors.extend([error] if error else [])
            if not new:
                done.set()

        self.submit(request, emit)
        if not done.wait(request.deadline_s) or errors:
            raise SelfTestFailed(str(errors[0]) if errors else "no tokens came")
        return "|".join(f"{chunk.kind}{chunk.sample}{chunk.text}" for chunk in chunks if chunk.text)
