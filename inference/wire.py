"""Frames on the host's socket: four bytes of length, big-endian, then one JSON object. No llama.cpp here."""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from asyncio import IncompleteReadError, StreamReader
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inference.errors import RequestInvalid

LENGTH = struct.Struct(">I")
LARGEST = 8 << 20
LONGEST_PATH = 100
"""A Unix socket's path has room for about 107 bytes."""

Frame = dict[str, Any]


def pack(frame: Frame) -> bytes:
    return framed(json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode())


def framed(body: bytes) -> bytes:
    """For what is JSON already."""
    return LENGTH.pack(len(body)) + body


def socket_path(folder: Path, card: str) -> Path:
    """Where the host of a card listens, by convention."""
    return folder.resolve() / f"{card}.sock"


@contextmanager
def short(path: Path) -> Iterator[str]:
    """A name of the socket that fits into an address; on Linux any path has one, through its folder's descriptor."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    if sys.platform != "linux" or len(os.fsencode(path.name)) > LONGEST_PATH // 2:
        raise RequestInvalid(f"the socket path {path} is too long for the system; choose a shorter run folder")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def receive(connection: socket.socket) -> Frame | None:
    """The next frame, or None where the other side has closed."""
    head = _exactly(connection, LENGTH.size)
    if head is None:
        return None
    body = _exactly(connection, _length(head))
    return None if body is None else _parse(body)


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 16))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


async def read(reader: StreamReader) -> Frame | None:
    try:
        head = await reader.readexactly(LENGTH.size)
        return _parse(await reader.readexactly(_length(head)))
    except (IncompleteReadError, ConnectionError):
        return None


def _length(head: bytes) -> int:
    length = int(LENGTH.unpack(head)[0])
    if length > LARGEST:
        raise RequestInvalid(f"a frame of {length} bytes is longer than {LARGEST}")
    return length


def _parse(body: bytes) -> Frame:
    try:
        frame = json.loads(body)
    except ValueError:
        frame = None
    if not isinstance(frame, dict):
        raise RequestInvalid("a frame is not a JSON object")
    return frame
