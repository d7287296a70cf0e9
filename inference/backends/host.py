"""The client of our model host: one connection a call, over its Unix socket. Knows nothing of llama.cpp."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from inference import wire
from inference.errors import BackendProtocol, HostAbsent, HostGone, from_wire
from inference.types import BEAT, Chunk, ChunkKind, Identity, Request, Segment
from inference.wire import Frame

SILENCE_S = 60.0
"""The host gives a sign of life every two seconds; so long a silence means that it hangs."""


class HostEngine:
    def __init__(self, path: Path, patience_s: float = 10.0, silence_s: float = SILENCE_S) -> None:
        """`patience_s`: how long to wait for a host that its supervisor is starting again."""
        self._path, self._patience, self._silence = path, patience_s, silence_s

    def identity(self) -> Identity:
        return Identity.model_validate(self._ask({"verb": "identity"}, "identity"))

    def generate(self, request: Request) -> Iterator[Chunk]:
        """A host that ends before its first word is asked once more: it may just have been started afresh."""
        begun = False
        try:
            with closing(self._generate(request)) as stream:
                for chunk in stream:
                    begun = begun or chunk.kind is not ChunkKind.BEAT
                    yield chunk
            return
        except HostGone:
            if begun or not self._patience:
                raise
        yield from self._generate(request)

    def _generate(self, request: Request) -> Generator[Chunk, None, None]:
        with self._call({"verb": "generate", "request": request.model_dump(mode="json", exclude_defaults=True)}) as frames:
            for frame in frames:
                if "chunk" in frame:
                    yield Chunk.model_validate(frame["chunk"])
                elif "beat" in frame:
                    yield BEAT
                elif "end" in frame:
                    return

    def count(self, segments: tuple[Segment, ...]) -> int:
        return int(str(self._ask({"verb": "count", "segments": [s.model_dump() for s in segments]}, "count")))

    def ready(self) -> bool:
        """Alive, and still writing its fingerprint; False where there is no host."""
        try:
            return bool(self._ask({"verb": "ready"}, "ready", patience=0.0))
        except HostGone:
            return False

    def live(self) -> bool:
        """Somebody answers at all."""
        try:
            return bool(self._ask({"verb": "live"}, "live", patience=0.0))
        except HostGone:
            return False

    def metrics(self) -> dict[str, float]:
        value = self._ask({"verb": "metrics"}, "metrics")
        return {str(name): float(number) for name, number in value.items()} if isinstance(value, dict) else {}

    def _ask(self, frame: Frame, key: str, patience: float | None = None) -> object:
        with self._call(frame, patience) as frames:
            for answer in frames:
                if key in answer:
                    return answer[key]
        raise BackendProtocol(str(self._path), f"no {key} in its answer")

    @contextmanager
    def _call(self, frame: Frame, patience: float | None = None) -> Iterator[Iterator[Frame]]:
        """Frames of the answer; leaving closes the connection, which cancels what still runs."""
        connection = self._connect(self._patience if patience is None else patience)
        try:
            with _named_losses():
                connection.sendall(wire.pack(frame))
            yield _frames(connection)
        finally:
            connection.close()

    def _connect(self, patience: float) -> socket.socket:
        until = time.monotonic() + patience
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(self._silence)
            try:
                with wire.short(self._path) as name:
                    connection.connect(name)
                return connection
            except OSError as error:
                connection.close()
                if time.monotonic() >= until:
                    raise HostAbsent(f"nothing listens at {self._path.name} ({error.strerror or error})") from error
            time.sleep(0.05)


def _frames(connection: socket.socket) -> Iterator[Frame]:
    while True:
        with _named_losses():
            frame = wire.receive(connection)
        if frame is None:
            raise HostGone("the connection ended in the middle of an answer")
        if "error" in frame:
            raise from_wire(frame["error"])
        yield frame


@contextmanager
def _named_losses() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise HostGone("it gave no sign of life for too long") from error
    except OSError as error:
        raise HostGone(error.strerror or type(error).__name__) from error
