"""Passages on disk: what is written comes back, one at a time, and damage is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval import passage_file
from retrieval.errors import GenerationDamaged
from retrieval.passage_file import LINES, PassageFile
from tests.retrieval import cast


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    passage_file.write(tmp_path, sorted(cast.passages(), key=lambda one: one.id))
    return tmp_path


def test_it_works(folder: Path) -> None:
    shelf = PassageFile(folder)
    expected = sorted(cast.passages(), key=lambda one: one.id)
    assert len(shelf) == len(expected) and list(shelf) == expected
    assert shelf[-1] == expected[-1] and shelf[1:3] == expected[1:3]
    assert [shelf.id(n) for n in range(len(shelf))] == [one.id for one in expected]


def test_every_id_is_found_and_no_other(folder: Path) -> None:
    shelf = PassageFile(folder)
    assert all(shelf[shelf.place(one.id) or 0] == one for one in cast.passages())
    assert [shelf.place(one) for one in ("", "0" * 16, "f" * 16, cast.passages()[0].id[:-1], "\uac00")] == [None] * 5


def test_other_languages_are_known_without_reading(folder: Path) -> None:
    assert PassageFile(folder).not_english() == {one.id for one in cast.passages() if one.language != "en"}


def test_a_place_beyond_the_end_is_an_error(folder: Path) -> None:
    with pytest.raises(IndexError):
        PassageFile(folder)[len(cast.passages())]


def test_a_shortened_file_is_refused(folder: Path) -> None:
    data = (folder / LINES).read_bytes()
    (folder / LINES).write_bytes(data[:-10])
    with pytest.raises(GenerationDamaged, match="Build the index again"):
        PassageFile(folder)


def test_an_unreadable_line_is_refused(folder: Path) -> None:
    data = (folder / LINES).read_bytes()
    (folder / LINES).write_bytes(b"x" + data[1:])
    with pytest.raises(GenerationDamaged, match="Build the index again"):
        PassageFile(folder)[0]


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    passage_file.write(tmp_path, [])
    assert list(PassageFile(tmp_path)) == [] and PassageFile(tmp_path).place("0" * 16) is None
