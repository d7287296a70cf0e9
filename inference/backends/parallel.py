"""Several generators drained at once into one, each in a thread, with signs of life; leaving the one stops them all."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from inference.types import BEAT, Chunk

BEAT_S = 2.0
"""Between signs of life while nothing comes: a server may read a long prompt, or queue it, for longer than a lease holds."""

Item = Chunk | BaseException | None


def merged(streams: list[Iterator[Chunk]]) -> Iterator[Chunk]:
    """Chunks as they come. The first error ends all and is raised."""
    items: queue.Queue[Item] = queue.Queue()
    stop = threading.Event()
    for stream in streams:
        threading.Thread(target=_drain, args=(stream, items, stop), daemon=True).start()
    left = len(streams)
    try:
        while left:
            try:
                item = items.get(timeout=BEAT_S)
            except queue.Empty:
                item = BEAT
            if isinstance(item, BaseException):
                raise item
            if item is None:
                left -= 1
            else:
                yield item
    finally:
        stop.set()


def _drain(stream: Iterator[Chunk], items: queue.Queue[Item], stop: threading.Event) -> None:
    try:
        for chunk in stream:
            if stop.is_set():
                break
            items.put(chunk)
        items.put(None)
    except BaseException as error:
        items.put(error)
    finally:
        if hasattr(stream, "close"):
            stream.close()
