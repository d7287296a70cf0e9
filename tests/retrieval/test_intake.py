"""Pages out of strangers' files in the real reading process, and the document assembled from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.document import Document, Meta
from retrieval.errors import FormatUnknown, SourceInvalid, SourceTooLarge
from retrieval.intake import MAX_BYTES, assemble, extract, propose
from retrieval.readers import read
from tests.retrieval import cast

GUIDELINES = sorted((Path(__file__).parents[2] / "fixtures" / "guidelines").glob("*.md"))[::6]


def taken_in(data: bytes, name: str) -> Document:
    """What a pharmacist gets who accepts every proposal."""
    pages = list(extract(data, name))
    form = {"organisation": "Demonstration Hospital", "effective": "2025-01-15"} | {k: v for k, v in propose(pages, name).items() if v}
    fields = {key: form[key] for key in ("title", "organisation", "version", "effective", "language")}
    return assemble(pages, Meta(id="taken-in", **fields))


def test_it_works() -> None:
    document = taken_in((cast.HEAD.format(id="af", version="2", language="en", title="AF", more="") + cast.AF).encode(), "af.md")
    first = document.passages[0]
    assert (first.label, first.strength.value, first.certainty.value, first.population) == (
        "R1", "strong", "high", "adults with atrial fibrillation",
    )  # fmt: skip
    assert document.text[first.sentences[1].start : first.sentences[1].end] == "This does not hold for mechanical heart valves."


@pytest.mark.parametrize("path", GUIDELINES, ids=lambda path: str(path.stem))
def test_our_own_guidelines_give_the_same_units_by_either_way(path: Path) -> None:
    def said(document: Document) -> list[tuple[object, ...]]:
        return [(p.kind, p.label, p.strength, p.certainty, p.section, p.reference, p.text) for p in document.passages]

    data = path.read_bytes()
    assert said(taken_in(data, path.name)) == said(read(data, path.name))


def test_what_the_file_says_of_itself_is_proposed() -> None:
    data = cast.HEAD.format(id="af", version="2", language="en", title="AF", more="").encode() + b"# AF\n\n## A\n\nText. [esc-2024]"
    form = propose(list(extract(data, "af.md")), "af.md")
    assert form["title"] == "AF" and form["version"] == "2" and form["effective"] == "2025-01-15" and form["id"] == "af"


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        pytest.param(b"x", "x.exe", FormatUnknown, id="unknown ending"),
        pytest.param(b"", "x.txt", SourceInvalid, id="empty"),
        pytest.param(b"a" * (MAX_BYTES + 1), "x.txt", SourceTooLarge, id="too large"),
        pytest.param(b"\xff\xfe\x00", "x.txt", SourceInvalid, id="not text"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(extract(data, name))


def test_pages_are_resumed_and_closing_ends_the_reader() -> None:
    data = "\f".join(f"Page {n} says this." for n in range(1, 6)).encode()
    pages = extract(data, "x.txt")
    assert next(pages).number == 1
    pages.close()  # type: ignore[attr-defined]
    assert [page.number for page in extract(data, "x.txt", first=4)] == [4, 5]


def test_only_the_bullet_of_an_item_is_taken_off() -> None:
    (page,) = extract(b"# T\n\n- **R1** (strong, high) Offer apixaban - or warfarin.\n", "a.md")
    assert page.blocks[1].text == "**R1** (strong, high) Offer apixaban - or warfarin."
