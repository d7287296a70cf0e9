"""Readers turn one file into pages. A new format is one file here and one line in READERS.

`read` takes whole documents, with front matter and in our own form: the fixtures. Strangers' files go through `retrieval.intake.extract`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from retrieval.document import Document
from retrieval.errors import FormatUnknown, SourceTooLarge
from retrieval.page import Page
from retrieval.readers import markdown, plain

Reader = Callable[[bytes, str, int], Iterator[Page]]
"""(content, name for messages, first page wanted) -> pages; earlier pages may be given too. Raises SourceInvalid and what to do."""



def _only_in_the_child(module: str) -> Reader:
    """A reader whose parser is loaded by the process that reads, not by those that know the table."""

    def pages(data: bytes, name: str, first: int) -> Iterator[Page]:
        reader = import_module(f"retrieval.readers.{module}")
        yield from reader.pages(data, name, first)

    return pages


READERS: dict[str, Reader] = {
    ".md": markdown.pages,
    ".txt": plain.pages,
    ".html": _only_in_the_child("html"),
    ".htm": _only_in_the_child("html"),
    ".pdf": _only_in_the_child("pdf"),
    ".docx": _only_in_the_child("docx"),
    ".json": _only_in_the_child("fhir"),
}

DOCUMENTS: dict[str, Callable[[bytes, str], Document]] = {
    ".md": markdown.read,
    ".txt": plain.read,
}
"""Formats whose front matter says all that a form would ask."""

MAX_BYTES = 8 * 1024 * 1024


def read(data: bytes, name: str) -> Document:
    """Reads a document of our own form with the reader that the name's ending chooses."""
    suffix = Path(name).suffix.lower()
    if suffix not in DOCUMENTS:
        raise FormatUnknown(f"{name}: no reader for {suffix or 'a name without an ending'}. Use one of {', '.join(DOCUMENTS)}.")
    if len(data) > MAX_BYTES:
        raise SourceTooLarge(f"{name}: {len(data)} bytes; at most {MAX_BYTES} are read. Split the source.")
    return DOCUMENTS[suffix](data, name)


def read_path(path: Path) -> Document:
    """Reads a file of the demonstration content."""
    return read(path.read_bytes(), path.name)
