"""Several generators drained at once into one, each in a thread; leaving the one stops them all."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from inference.types import Chunk

Item = Chunk | BaseException | None


def merged(streams: list[Iterator[Chunk]]) -> Iterator[Chunk]:
    """Chunks as they come. The first error ends all and is raised."""
    if len(streams) == 1:
        yield from streams[0]
        return
    items: queue.Queue[Item] = queue.Queue()
    stop = threading.Event()
    for stream in streams:
        threading.Thread(target=_drain, args=(stream, items, stop), daemon=True).start()
    left = len(streams)
    try:
        while left:
            item = items.get()
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
