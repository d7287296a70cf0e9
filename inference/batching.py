"""Continuous batching: one thread owns the llama context and advances every running sample by one step at a time.

A step is one batch: the next token of each sample that writes, and a piece of the prompts that are still read. While
others write that piece is small, so that a long prompt does not stall them. Samples that share a prompt copy it
from the first that has read it; nothing is copied between clients. A finished sequence is removed at once, the last one
moves into its place, and whenever the host falls idle all keys and values are overwritten.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator

from inference.errors import HostBusy, HostGone, InferenceError
from inference.job import Emit, Job, Stream
from inference.llama.context import Aborted, Context, Entry
from inference.llama.vocab import Vocab
from inference.metrics import Metrics
from inference.opening import Opener, source
from inference.template import Marks
from inference.types import Chunk, ChunkKind, Request

log = logging.getLogger("inference.batching")

BESIDE, BESIDE_DEPTH = 24, 2048


TILE = 1 + 64
"""llama.cpp computes a batch of unlike sequences in passes of equal shares: one token of each, then the rest of the prompt. From 64 on that
rest takes its tiled attention, a fifth of the time a token. Worth it where attention is most of the work: in a small model."""


def beside(past: int, small: bool = False) -> int:
    """Prompt tokens that a step reads while other samples write; the fewer the more of the prompt there is to attend to.

    On a processor such a step takes two to three times one in which seven write, at any depth, and so do the gaps between
    their tokens. A fixed rule, not a clock: the same request is cut into the same pieces.
    """
    return TILE if small else max(8, BESIDE * BESIDE_DEPTH // (BESIDE_DEPTH + past))


def foreign(reader: Stream, writer: Stream) -> bool:
    """A stream that a prompt must not stall. A client's own streams wait for its prompts: a panel's orders then write side by side."""
    client = reader.job.request.client
    return writer.job is not reader.job and (not client or writer.job.request.client != client)


class Batcher(threading.Thread):
    def __init__(self, context: Context, vocab: Vocab, marks: Marks, slots: int, batch: int, queue: int, small: bool) -> None:
        super().__init__(name="batcher", daemon=True)
        self._context, self._opener, self._batch, self._queue = context, Opener(vocab, marks, context.limit), batch, queue
        self._slots, self._small = slots, small
        self._streams: list[Stream] = []
        self._waiting: deque[tuple[Job, int]] = deque()
        self._wake = threading.Condition()
        self._stopping = self._dirty = False
        self.metrics = Metrics()
        self.broken: BaseException | None = None
        """Set when the context can no longer be trusted; the process must end."""

    # -- called from other threads

    def submit(self, request: Request, prompt: list[int], emit: Emit) -> Job:
        """Takes a request or refuses it at once."""
        self._opener.check(request, prompt)
        job = Job(request, prompt, emit)
        with self._wake:
            ahead = self._waiting_jobs()
            if self.broken or self._stopping:
                raise HostGone("it is shutting down")
            full = len(self._streams) >= self._slots
            if ahead >= self._queue and (full or ahead):
                self.metrics.counts["refused"] += 1
                raise HostBusy(ahead)
            if ahead or full:
                job.position = ahead + 1
                emit([Chunk(kind=ChunkKind.QUEUED, position=job.position)], None)
            self._waiting.extend((job, sample) for sample in range(request.samples))
            self.metrics.counts["requests"] += 1
            self._wake.notify()
        return job

    def cancel(self, job: Job) -> None:
        """Ends a job soon, in the middle of a batch if need be."""
        job.cancelled = True
        self.nudge(job)

    def nudge(self, job: Job) -> None:
        """Looks at a job's deadline or cancellation now."""
        if not job.over:
            self._context.abort()
            with self._wake:
                self._wake.notify()

    def stop(self) -> None:
        with self._wake:
            self._stopping = True
            self._context.abort()
            self._wake.notify()

    def idle(self) -> bool:
        return not self._streams and not self._waiting

    def gauges(self) -> dict[str, float]:
        return {"slots_busy": float(len(self._streams)), "queue": float(self._waiting_jobs())}

    def _waiting_jobs(self) -> int:
        return len({id(job) for job, _ in list(self._waiting)})

    # -- the batching thread

    def run(self) -> None:
        try:
            while not self._stopping:
                self._context.abort(False)
                self._drop()
                self._pack()
                self._admit()
                if self._streams:
                    self._step()
                else:
                    self._rest()
            self._fail(HostGone("it was stopped"))
        except BaseException as error:
            log.exception("the batch failed; the host ends")
            self.broken = error
            self._fail(error if isinstance(error, InferenceError) else HostGone(f"{type(error).__name__} in its batch"))

    def _rest(self) -> None:
        if self._dirty:
            self._context.wipe()
            self.metrics.counts["wipes"] += 1
            self._dirty = False
        with self._wake:
            if not self._waiting and not self._stopping:
                self._wake.wait(timeout=1.0)

    def _drop(self) -> None:
        """Removes what was cancelled or is late."""
        gone = {job for job in self._jobs() if job.cancelled or job.over or job.late()}
        if not gone:
            return
        for stream in [s for s in self._streams if s.job in gone]:
            if not stream.writing.finish:
                stream.job.out.append(stream.writing.done())
            self._release(stream)
        with self._wake:
            self._waiting = deque(pair for pair in self._waiting if pair[0] not in gone)
        for job in gone:
            self.metrics.counts["cancelled" if job.cancelled else "late"] += not job.over
            job.end(job.why_dropped())

    def _jobs(self) -> set[Job]:
        return {stream.job for stream in self._streams} | {job for job, _ in list(self._waiting)}

    def _pack(self) -> None:
        """Moves the last sequences into places that fell free: llama.cpp computes only consecutive sequences in one pass."""
        count = len(self._streams)
        places = iter(sorted(set(range(count)) - {stream.slot for stream in self._streams}))
        for stream in [s for s in self._streams if s.slot >= count]:
            place = next(places)
            if stream.past:
                self._context.copy(stream.slot, place, stream.past)
                self._context.remove(stream.slot)
                self.metrics.counts["moved_sequences"] += 1
            stream.slot = place

    def _admit(self) -> None:
        """A new sample takes the place after the last."""
        while len(self._streams) < self._slots and self._waiting:
            with self._wake:
                job, sample = self._waiting.popleft()
            self._dirty = True
            try:
                stream = self._opener.open(job, sample, len(self._streams))
            except InferenceError as error:
                job.end(error)
            else:
                stream.source, stream.shared = source(stream, self._streams)
                self._streams.append(stream)
            self._announce_positions()

    def _announce_positions(self) -> None:
        for place, job in enumerate(dict.fromkeys(job for job, _ in self._waiting), start=1):
            if job.position > place:
                job.position = place
                job.out.append(Chunk(kind=ChunkKind.QUEUED, position=place))
                job.flush()

    def _step(self) -> None:
        plan = sorted(self._plan(), key=lambda part: part[0].slot)
        entries = [
            Entry(token, stream.past + i, stream.slot, i + 1 == len(stream.feed))
            for stream, count in plan
            for i, token in enumerate(stream.feed[:count])
        ]
        try:
            self._context.decode(entries)
        except Aborted:
            for stream, _ in plan:
                self._context.trim(stream.slot, stream.past)
            return
        index, drawn, now = 0, 0, time.monotonic()
        for stream, count in plan:
            index += count
            stream.past += count
            del stream.feed[:count]
            if not stream.feed:
                drawn += 1
                self._draw(stream, index - 1, now)
            else:
                stream.job.out.append(Chunk(kind=ChunkKind.PREFILL, sample=stream.writing.sample, position=stream.past))
        self.metrics.sampled(drawn)
        self.metrics.counts["prompt_tokens"] += len(entries) - drawn
        for stream in [s for s in self._streams if s.writing.finish]:
            self._finish(stream)
        for job in {stream.job for stream, _ in plan}:
            job.flush()

    def _plan(self) -> Iterator[tuple[Stream, int]]:
        """Who advances by how many tokens in this step: writers first, then readers in order of arrival."""
        left = self._batch
        writers = [s for s in self._streams if not s.reading]
        for stream in writers:
            count = min(len(stream.feed), left)
            left -= count
            if count:
                yield stream, count
        read = 0
        for stream in self._streams:
            room = min(left, beside(stream.past, self._small) - read) if any(foreign(stream, writer) for writer in writers) else left
            if stream.reading and room > 0 and self._may_read(stream):
                count = min(len(stream.feed), room)
                left, read = left - count, read + count
                yield stream, count

    def _may_read(self, stream: Stream) -> bool:
        source = stream.source
        if source is None:
            return True
        if source not in self._streams:
            stream.source = None
            return True
        if source.past < stream.shared:
            return False
        self._context.copy(source.slot, stream.slot, stream.shared)
        del stream.feed[: stream.shared]
        stream.past, stream.source = stream.shared, None
        self.metrics.counts["shared_tokens"] += stream.shared
        return True

    def _draw(self, stream: Stream, index: int, now: float) -> None:
        """Draws one sample's next token and lets its writing decide what comes after."""
        if stream.reading:
            stream.reading = False
            self.metrics.first_token_s.append(now - stream.job.arrived)
        else:
            self.metrics.between_tokens_s.append(now - stream.last_token)
        stream.last_token = now
        try:
            token = stream.chooser.choose(self._context.pointer, index, stream.grammar)
            thought = stream.writing.thinking
            stream.feed, chunks = stream.writing.take(token, stream.grammar.complete if stream.grammar else lambda: False)
            stream.job.out += chunks
            if thought and not stream.writing.thinking:
                self._opener.begin_answer(stream)
        except InferenceError as error:
            stream.job.end(error)

    def _finish(self, stream: Stream) -> None:
        job = stream.job
        self.metrics.counts[f"finished_{stream.writing.finish}"] += 1
        self.metrics.counts["think_tokens"] += stream.writing.think_tokens
        self._release(stream)
        job.unfinished -= 1
        if not job.unfinished:
            job.end()

    def _release(self, stream: Stream) -> None:
        self._streams.remove(stream)
        self._context.remove(stream.slot)
        stream.close()

    def _fail(self, error: InferenceError) -> None:
        for job in self._jobs():
            job.end(error)
