"""Laws of the readers: damaged files are read or refused, depth ends somewhere, and any pages give units whose spans open their sentences."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.cleaning import clean
from retrieval.document import Meta
from retrieval.errors import RetrievalError, SourceInvalid
from retrieval.intake import assemble, extract
from retrieval.page import Block, Page
from retrieval.readers.tables import pipes
from tests.retrieval.test_hostile import html, raw_pdf
from tests.retrieval.test_strangers import files, opens_its_sentences

META = Meta(id="x", title="x", organisation="x", version="1", effective="2025-01-01", language="en")

DEEP = {
    "html": ("a.html", lambda: html("<div>" * 50000 + "Prefer plan X.")),
    "html tables": ("a.html", lambda: html("<table><tr><td>" * 5000)),
    "pdf": ("a.pdf", lambda: raw_pdf("/X " + "[" * 50000)),
    "pdf page tree of itself": ("a.pdf", lambda: raw_pdf().replace(b"/Kids [3 0 R ]", b"/Kids [2 0 R]")),
    "pdf of vast pages": ("a.pdf", lambda: raw_pdf().replace(b"595 842", b"9e9 9e9")),
    "markdown": ("a.md", lambda: b"#" * 100000 + b"\n" + b"> " * 50000 + b"\n" + b"[" * 50000),
    "bars": ("a.md", lambda: b"|" * 200000),
}


@pytest.mark.parametrize("case", DEEP)
def test_depth_and_size_end_in_pages_or_a_typed_error(case: str) -> None:
    name, make = DEEP[case]
    reads_or_refuses(make(), name)


def reads_or_refuses(data: bytes, name: str) -> None:
    """The law of hostile files."""
    try:
        pages = list(extract(data, name))
        document = assemble(pages, META)
    except RetrievalError as error:
        assert error.code and str(error)
        return
    opens_its_sentences(document)


@pytest.mark.parametrize("name", files())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_read_or_refused(name: str, data: st.DataObject) -> None:
    content = bytearray(files()[name])
    for _ in range(data.draw(st.integers(1, 12), label="changes")):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)), label="at")
        match data.draw(st.sampled_from(("flip", "cut", "double", "drop")), label="how"):
            case "flip" if content:
                content[at] = data.draw(st.integers(0, 255), label="byte")
            case "cut":
                del content[max(at, 16) :]
            case "double":
                content[at:at] = content[at : at + 64] * 3
            case _:
                del content[at : at + 16]
    reads_or_refuses(bytes(content), name)


LINE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).map(lambda text: clean(" ".join(text.split())).strip())
WORDS = st.sampled_from(
    [
        "We recommend apixaban.",
        "R1. Offer it.",
        "See [a] (1A).",
        "심방세동 환자에게 권고한다.",
        "推荐用于成人。",
        "**AF** is defined as so.",
        "1.2 Do this",
    ]
)
TEXT = st.lists(LINE | WORDS, min_size=1, max_size=4).map(" ".join)
BLOCK = st.one_of(
    st.builds(Block, kind=st.sampled_from(["paragraph", "item"]), text=TEXT),
    st.builds(Block, kind=st.just("heading"), text=TEXT, level=st.integers(1, 6)),
    st.lists(st.lists(TEXT, min_size=1, max_size=4), min_size=1, max_size=4).map(lambda rows: Block(kind="table", text=pipes(rows))),
)


@given(st.lists(st.lists(BLOCK, max_size=6), min_size=1, max_size=5))
@settings(max_examples=300)
def test_any_pages_give_units_whose_spans_open_their_sentences(made: list[list[Block]]) -> None:
    pages = [Page(number=n, pages=len(made), blocks=tuple(blocks)) for n, blocks in enumerate(made, start=1)]
    try:
        document = assemble(pages, META)
    except SourceInvalid:
        return
    opens_its_sentences(document)
    assert all(one.page is None or 1 <= one.page <= len(pages) for one in document.passages)
