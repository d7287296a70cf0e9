"""Reads a stranger's file page by page in a process of its own with limits; a hostile file costs that process, never this one.

pages = list(extract(data, "guideline.pdf"))      # or one by one: progress, cancel by closing, resume with `first`
form = propose(pages, "guideline.pdf")            # guesses for a person to correct
document = assemble(pages, Meta(...))             # passages as the arbiter will see them
"""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from retrieval import errors
from retrieval.assembly import assemble
from retrieval.errors import FormatUnknown, ReaderCrashed, ReaderTooSlow, RetrievalError, SourceInvalid, SourceTooLarge
from retrieval.page import Page
from retrieval.proposing import propose
from retrieval.readers import READERS

__all__ = ["MAX_BYTES", "READERS", "assemble", "extract", "propose"]

MAX_BYTES = 64 * 1024 * 1024
"""Largest file that is read."""
MAX_MESSAGE = 8 * 1024 * 1024
"""Bytes of one page as JSON."""
MAX_OUTPUT = 64 * 1024 * 1024
"""Bytes of all pages as JSON: some 20 million words."""
PAGE_SECONDS = 60.0
"""Wall clock from one page to the next."""
ALL_SECONDS = 1200.0
"""Wall clock for a whole file."""

_OPENINGS = {
    b"%pdf-": ("a PDF file", (".pdf",)),
    b"pk\x03\x04": ("a zip or Word file", (".docx",)),
    b"<!doctype html": ("an HTML page", (".html", ".htm", ".pdf")),
    b"<html": ("an HTML page", (".html", ".htm", ".pdf")),
}
"""First bytes, in lower case -> what the file is, and endings it may bear. A PDF may have anything before its own beginning."""

_ROOT = Path(__file__).resolve().parent.parent


def extract(data: bytes, name: str, first: int = 1) -> Iterator[Page]:
    """Pages from `first` on, as they are read. Closing the iterator ends the reading.

    Raises (when iterated) FormatUnknown, SourceInvalid, SourceTooLarge, SourceEncrypted, SourceScanned, ReaderCrashed, ReaderTooSlow.
    """
    name = PurePath(name.replace("\\", "/")).name.replace("\0", "")
    _check(data, name)
    with _child(data, name, first) as child:
        yield from _pages(child, name)


def _check(data: bytes, name: str) -> None:
    suffix = PurePath(name).suffix.lower()
    if suffix not in READERS:
        raise FormatUnknown(f"{name}: no reader for {suffix or 'a name without an ending'}. Use one of {', '.join(READERS)}.")
    if len(data) > MAX_BYTES:
        raise SourceTooLarge(f"{name}: {len(data) >> 20} MB; at most {MAX_BYTES >> 20} MB are read. Split the source.")
    if not data:
        raise SourceInvalid(name, "the file is empty", remedy="Choose the file again.")
    opening = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, (kind, endings) in _OPENINGS.items():
        if opening.startswith(start) and suffix not in endings:
            raise SourceInvalid(name, f"{kind} by its content", remedy=f"Give it the ending {endings[0]} if that is what it is.")


@contextmanager
def _child(data: bytes, name: str, first: int) -> Iterator[subprocess.Popen[bytes]]:
    """The reading process, killed and waited for on leaving; the file goes in unnamed, on stdin."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-s", "-m", "retrieval.intake_child", name, str(first), str(os.getpid())],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            close_fds=True,
        )
        try:
            yield child
        finally:
            child.kill()
            child.wait()
            assert child.stdout
            child.stdout.close()


def _pages(child: subprocess.Popen[bytes], name: str) -> Iterator[Page]:
    begun, output = time.monotonic(), 0
    while True:
        message, size = _message(child, name, min(time.monotonic() + PAGE_SECONDS, begun + ALL_SECONDS))
        output += size
        if "error" in message:
            raise _error(name, message["error"])
        if "done" in message:
            return
        if output > MAX_OUTPUT:
            raise SourceTooLarge(f"{name}: more than {MAX_OUTPUT >> 20} MB of text. Split the source.")
        yield Page.model_validate(message["page"])


def _message(child: subprocess.Popen[bytes], name: str, until: float) -> tuple[dict[str, Any], int]:
    (size,) = struct.unpack(">I", _exactly(child, name, 4, until))
    if size > MAX_MESSAGE:
        raise SourceTooLarge(f"{name}: a page of {size >> 20} MB. Split the source.")
    return json.loads(_exactly(child, name, size, until)), size


def _exactly(child: subprocess.Popen[bytes], name: str, size: int, until: float) -> bytes:
    assert child.stdout
    descriptor, data = child.stdout.fileno(), bytearray()
    while len(data) < size:
        if not select.select([descriptor], [], [], max(until - time.monotonic(), 0))[0]:
            raise ReaderTooSlow(f"{name}: reading took too long. Split the source, or save it anew with the program that made it.")
        piece = os.read(descriptor, size - len(data))
        if not piece:
            raise _ended(name, child.wait())
        data += piece
    return bytes(data)


def _ended(name: str, code: int) -> RetrievalError:
    if code == -24:  # SIGXCPU
        return ReaderTooSlow(f"{name}: reading took too much processor time. Split the source.")
    return ReaderCrashed(f"{name}: the reader ended without a word ({code}). The file may be damaged; save it anew and try again.")


def _error(name: str, error: dict[str, Any]) -> RetrievalError:
    code = error["code"]
    if code == SourceInvalid.code:
        return SourceInvalid(name, **error["fields"])
    if code == "MemoryError":
        return SourceTooLarge(f"{name}: reading needs more memory than allowed. Split the source, or save it anew without its pictures.")
    if code == "RecursionError":
        return SourceInvalid(name, "parts nested too deeply", remedy="Save it anew with the program that made it.")
    if kind := _BY_CODE.get(code):
        return kind(str(error["message"]))
    return ReaderCrashed(
        f"{name}: the file is damaged or not what its ending says ({error.get('kind', code)}). Save it anew and try again."
    )


_BY_CODE: dict[str, type[RetrievalError]] = {
    one.code: one for one in (errors.SourceEncrypted, errors.SourceScanned, errors.SourceTooLarge, errors.FormatUnknown)
}
