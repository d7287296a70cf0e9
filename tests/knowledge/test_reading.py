"""A source's text as blocks: every character of the cited span is marked, and none outside it."""

from __future__ import annotations

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from clinic.knowledge.reading import Block, Run, Shape, blocks, quoted, span_of
from retrieval.readers import read
from retrieval.types import UnitKind

GUIDELINES = sorted((settings.FIXTURES / "guidelines").glob("*.md"))

TEXT = """---
id: x
---
# Title

Words of a paragraph [esc-2024] that go
on in a second line [unknown].

- **R1** (strong, high) Give *this* and **that**. Not more. [esc-2024]
- plain item

| Drug | Dose |
|---|---|
| apixaban | 5 mg |
"""
KEYS = {"esc-2024": "European Society of Cardiology, 2024"}


def runs(made: tuple[Block, ...]) -> list[Run]:
    return [run for block in made for row in (block.runs, *block.head, *(cell for line in block.rows for cell in line)) for run in row]


def marked(made: tuple[Block, ...]) -> str:
    return "".join(run.text for run in runs(made) if run.cited)


def test_it_works() -> None:
    made = blocks(TEXT, references=KEYS)
    assert [block.shape for block in made] == [Shape.HEADING, Shape.PARAGRAPH, Shape.ITEM, Shape.ITEM, Shape.TABLE]
    assert made[2].label == "R1"
    assert made[2].grade == "strong, high"
    assert [cell[0].text for cell in made[4].head] == ["Drug", "Dose"]
    assert made[4].rows[0][1][0].text == "5 mg"


def test_front_matter_is_not_shown() -> None:
    assert not any("id: x" in run.text for run in runs(blocks(TEXT)))


def test_reference_keys_are_told_from_other_brackets() -> None:
    paragraph = blocks(TEXT, references=KEYS)[1]
    assert [(run.text, run.title) for run in paragraph.runs if run.key] == [("esc-2024", KEYS["esc-2024"])]
    assert "[unknown]" in "".join(run.text for run in paragraph.runs)


def test_sentence_is_marked_exactly_and_jumped_to_once() -> None:
    start = TEXT.index("Not more.")
    made = blocks(TEXT, cited=(start, start + len("Not more.")))
    assert marked(made) == "Not more."
    assert [run.first for run in runs(made) if run.cited] == [True]


def test_mark_goes_through_emphasis() -> None:
    start = TEXT.index("Give")
    made = blocks(TEXT, cited=(start, TEXT.index("Not more") - 1))
    assert "".join(run.text for run in runs(made) if run.cited) == "Give *this* and that."
    assert [run.strong for run in runs(made) if run.cited] == [False, True, False]
    assert sum(run.first for run in runs(made)) == 1


def test_markup_in_a_source_stays_text() -> None:
    made = blocks("<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://example.org/z)\n")
    assert runs(made)[0].text.startswith("<script>")
    assert not any(run.key for run in runs(made))


@pytest.mark.parametrize("text", ["", "\n\n", "---\nid: x\n---\n", "|", "|||\n|-|\n", "- ", "#", "**", "- **R1**", "| a\n\nb"], ids=repr)
def test_odd_text_does_no_harm(text: str) -> None:
    blocks(text, cited=(0, len(text)))


@given(st.text(alphabet="ab #|-*[](){}\n\t.R1", max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_any_text_is_read_and_only_the_span_is_marked(text: str, one: int, other: int) -> None:
    low, high = sorted((min(one, len(text)), min(other, len(text))))
    made = blocks(text, cited=(low, high))
    wanted = [c for c in text[low:high] if not c.isspace()]
    left = iter(wanted)
    assert all(c in left for c in marked(made) if not c.isspace())
    assert sum(run.first for run in runs(made)) <= 1


@pytest.mark.parametrize("path", GUIDELINES, ids=lambda path: path.stem)
def test_every_sentence_of_every_guideline_is_marked_where_it_stands(path: object) -> None:
    document = read(path.read_bytes(), path.name)  # type: ignore[attr-defined]
    references = document.meta.references
    for passage in document.passages:
        for n in {1, len(passage.sentences)}:
            sentence = passage.sentences[n - 1]
            span = span_of(passage, n)
            made = blocks(document.text, document.passages, span, references)
            assert sum(run.first for run in runs(made)) == 1
            if passage.kind is not UnitKind.TABLE:
                assert "".join(marked(made).split()) == "".join(sentence.text.split())


def test_places_that_are_none() -> None:
    document = read(GUIDELINES[0].read_bytes(), GUIDELINES[0].name)
    passage = document.passages[0]
    inside = (passage.start + 1, passage.end - 1)
    assert span_of(passage) == (passage.start, passage.end)
    assert span_of(passage, start=inside[0], end=inside[1]) == inside
    for asked in ({"sentence": 0}, {"sentence": 99}, {"sentence": -1}, {"start": 5}, {"end": 5}, {"start": -1, "end": passage.end}):
        assert span_of(passage, **asked) is None
    assert span_of(passage, start=passage.start, end=passage.end + 1) is None
    assert span_of(passage, start=inside[1], end=inside[0]) is None


def test_row_of_a_table_is_quoted_as_a_sentence() -> None:
    document = read((settings.FIXTURES / "guidelines" / "af-anticoagulation.md").read_bytes(), "af-anticoagulation.md")
    table = next(one for one in document.passages if one.kind is UnitKind.TABLE)
    row = table.sentences[0]
    assert quoted(document.text, table, (row.start, row.end)) == row.text
    assert "|" not in quoted(document.text, table, (row.start, row.end))
