"""Readers turn one file into a Document. A new format is one file here and one line in READERS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from retrieval.document import Document
from retrieval.errors import FormatUnknown, SourceTooLarge
from retrieval.readers import markdown, plain

Reader = Callable[[bytes, str], Document]
"""(content, name for messages) -> Document; raises SourceInvalid with the line and what to do."""

READERS: dict[str, Reader] = {
    ".md": markdown.read,
    ".txt": plain.read,
}

MAX_BYTES = 8 * 1024 * 1024


def read(data: bytes, name: str) -> Document:
    """Reads untrusted bytes with the reader that the name's ending chooses."""
    suffix = Path(name).suffix.lower()
    if suffix not in READERS:
        raise FormatUnknown(f"{name}: no reader for {suffix or 'a name without an ending'}. Use one of {', '.join(READERS)}.")
    if len(data) > MAX_BYTES:
        raise SourceTooLarge(f"{name}: {len(data)} bytes; at most {MAX_BYTES} are read. Split the source.")
    return READERS[suffix](data, name)


def read_path(path: Path) -> Document:
    """Reads a file of the demonstration content."""
    return read(path.read_bytes(), path.name)
