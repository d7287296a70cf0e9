"""The host's Unix socket: one call a connection, verbs in a table, cancel by closing.

The listener never waits for the batching thread and the batching thread never waits for a reader: chunks go through a
queue of the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from inference import wire
from inference.engine_room import STALL_S, EngineRoom
from inference.errors import Deadline, HostGone, InferenceError, RequestInvalid, to_wire
from inference.isolation import orphaned
from inference.types import Chunk, Request, Segment
from inference.wire import Frame

log = logging.getLogger("inference.listener")

FIRST_FRAME_S = 10.0
BEAT_S = 2.0
"""Between signs of life while nothing else is sent."""
WATCH_S = 0.5

Handler = Callable[["Call"], Awaitable[None]]


class Inbox:
    """What has come for one call and is not sent yet."""

    def __init__(self) -> None:
        self.items: list[tuple[list[Chunk], InferenceError | None]] = []
        self.news = asyncio.Event()

    def empty(self) -> list[tuple[list[Chunk], InferenceError | None]]:
        items, self.items = self.items, []
        self.news.clear()
        return items


class Mail:
    """From the batching thread to the calls. A step has news for many: they wake the event loop once, not once each."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._called = loop, False
        self._letters: deque[tuple[Inbox, list[Chunk], InferenceError | None]] = deque()

    def post(self, inbox: Inbox, chunks: list[Chunk], error: InferenceError | None) -> None:
        """From any thread. The letter lies there before the flag is looked at, so none is left behind."""
        self._letters.append((inbox, list(chunks), error))
        if not self._called:
            self._called = True
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._called = False
        while self._letters:
            inbox, chunks, error = self._letters.popleft()
            inbox.items.append((chunks, error))
            inbox.news.set()


@dataclass(frozen=True)
class Call:
    """One connection with its request."""

    room: EngineRoom
    mail: Mail
    frame: Frame
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *frames: Frame) -> None:
        await self.write(*map(wire.pack, frames))

    async def write(self, *packed: bytes) -> None:
        self.writer.write(b"".join(packed))
        await self.writer.drain()


async def generate(call: Call) -> None:
    """Streams chunks until `end` or `error`; the client's closing cancels."""
    try:
        request = Request.model_validate(call.frame.get("request"))
    except ValidationError as error:
        raise RequestInvalid(_without_values(error)) from None
    inbox = Inbox()
    gone = asyncio.create_task(call.reader.read(1))
    gone.add_done_callback(lambda _: inbox.news.set())
    try:
        if await _admitted(call, request, gone):
            call.room.wear.enter(request.client)
            try:
                await _run(call, request, inbox, gone)
            finally:
                call.room.wear.leave(request.client)
    finally:
        gone.cancel()


async def _admitted(call: Call, request: Request, gone: asyncio.Task[bytes]) -> bool:
    """Waits outside while the door is closed (wear.py), with signs of life. False where the client has left."""
    waited = 0.0
    while not gone.done() and not call.room.wear.admits(request.client):
        if waited >= request.deadline_s:
            raise Deadline(request.deadline_s)
        if waited % BEAT_S == 0:
            await call.send({"beat": 1})
        await asyncio.wait([gone], timeout=WATCH_S)
        waited += WATCH_S
    return not gone.done()


async def _run(call: Call, request: Request, inbox: Inbox, gone: asyncio.Task[bytes]) -> None:
    job = await asyncio.to_thread(call.room.submit, request, lambda chunks, error: call.mail.post(inbox, chunks, error))
    timer = asyncio.get_running_loop().call_later(request.deadline_s + 0.05, call.room.batcher.nudge, job)
    try:
        await _relay(call, inbox, gone)
    finally:
        timer.cancel()
        if not job.over:
            call.room.batcher.cancel(job)


async def _relay(call: Call, inbox: Inbox, gone: asyncio.Task[bytes]) -> None:
    """All news of a step in one write, a beat where a beat's time has brought none."""
    beats = asyncio.create_task(_wake(inbox))
    try:
        while True:
            await inbox.news.wait()
            if gone.done():
                return
            packed: list[bytes] = []
            for chunks, error in inbox.empty():
                packed += (wire.framed(b'{"chunk":%b}' % chunk.model_dump_json(exclude_defaults=True).encode()) for chunk in chunks)
                if error or not chunks:
                    return await call.write(*packed, wire.pack({"error": to_wire(error)} if error else {"end": 1}))
            await call.write(*packed or [wire.pack({"beat": 1})])
    finally:
        beats.cancel()


async def _wake(inbox: Inbox) -> None:
    """One timer for a call, not one for each token."""
    while True:
        await asyncio.sleep(BEAT_S)
        inbox.news.set()


async def count(call: Call) -> None:
    segments = tuple(Segment.model_validate(item) for item in call.frame.get("segments", []))
    await call.send({"count": await asyncio.to_thread(call.room.count, segments)})


async def ready(call: Call) -> None:
    await call.send({"ready": await asyncio.to_thread(call.room.ready), "fingerprint": call.room.fingerprint})


async def live(call: Call) -> None:
    await call.send({"live": True, "pid": os.getpid()})


async def identity(call: Call) -> None:
    await call.send({"identity": call.room.identity().model_dump(mode="json")})


async def metrics(call: Call) -> None:
    await call.send({"metrics": call.room.metrics()})


VERBS: dict[str, Handler] = {
    "generate": generate,
    "count": count,
    "ready": ready,
    "live": live,
    "identity": identity,
    "metrics": metrics,
}


class Listener:
    def __init__(self, room: EngineRoom, path: Path, parent: int = 0) -> None:
        self._room, self._path, self._parent = room, path, parent
        self._closing = asyncio.Event()
        self.doubted = self.stalled = False
        """The model no longer writes what it wrote at the start; its batch hangs."""

    def close(self) -> None:
        self._closing.set()

    async def run(self) -> None:
        self._mail = Mail(asyncio.get_running_loop())
        claim = claimed(self._path)
        server = await asyncio.start_unix_server(self._serve, sock=bind(self._path))
        async with server:
            while not self._closing.is_set() and not self._must_end() and not await self._in_doubt():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), WATCH_S)
        self._path.unlink(missing_ok=True)
        os.close(claim)

    def _must_end(self) -> bool:
        if self._parent and orphaned(self._parent):
            log.info("the parent has ended; so does the host")
            return True
        if self._room.wear.worn():
            log.info("served its number of consults, or as much memory as it may have; ends to be started afresh")
            return True
        self.stalled = self._room.stalled()
        if self.stalled:
            log.error("the batch has not advanced for %g s; the host ends", STALL_S)
        return self.stalled or bool(self._room.batcher.broken)

    async def _in_doubt(self) -> bool:
        """Nobody has to ask: a host that fails its hourly proof ends, and the one started after it has to pass it again."""
        self.doubted = not await asyncio.to_thread(self._room.ready) and not self._room.batcher.broken
        if self.doubted:
            log.error("the model no longer writes its fingerprint; the host ends")
        return self.doubted

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            frame = await asyncio.wait_for(wire.read(reader), FIRST_FRAME_S)
            if frame is not None:
                await answer(Call(self._room, self._mail, frame, reader, writer))
        except (ConnectionError, TimeoutError, RequestInvalid):
            pass  # nobody is left to tell, or nobody who speaks our frames
        finally:
            writer.close()


async def answer(call: Call) -> None:
    try:
        handler = VERBS.get(str(call.frame.get("verb")))
        if handler is None:
            raise RequestInvalid(f"unknown verb; known are {', '.join(VERBS)}")
        await handler(call)
    except InferenceError as error:
        await call.send({"error": to_wire(error)})
    except ValidationError as error:
        await call.send({"error": to_wire(RequestInvalid(_without_values(error)))})
    except ConnectionError:
        raise
    except Exception as error:
        log.exception("a call failed")
        await call.send({"error": to_wire(HostGone(type(error).__name__))})


def claimed(path: Path) -> int:
    """A descriptor that keeps the socket's name for this process: of two that start at once one gets it. It ends with the process."""
    claim = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(claim)
        raise RequestInvalid(f"another host is already listening at {path}, or about to") from None
    return claim


def bind(path: Path) -> socket.socket:
    """A listening socket that only this user can open. What lies there is of a host that has ended: the name is claimed."""
    with wire.short(path) as name:
        path.unlink(missing_ok=True)
        result = socket.socket(socket.AF_UNIX)
        mask = os.umask(0o177)
        try:
            result.bind(name)
        finally:
            os.umask(mask)
    return result


def _without_values(error: ValidationError) -> str:
    """Where and why, without the text itself: it may be a patient's."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False, include_url=False))
