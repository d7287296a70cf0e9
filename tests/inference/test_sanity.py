from __future__ import annotations

import random

import pytest

from inference.sanity import garbled, looping


@pytest.mark.parametrize("period", [1, 2, 7, 40, 64])
def test_a_repeated_passage_is_a_loop(period: int) -> None:
    passage = list(range(period))
    assert looping([900, 901, *passage * 70])


@pytest.mark.parametrize("text", ["EF 35 %; NYHA III; ", "| apixaban | 5 mg |"], ids=["prose", "table"])
def test_saying_something_twice_is_none(text: str) -> None:
    assert not looping(list(text.encode()) * 2)


def test_plain_variety_is_none() -> None:
    numbers = random.Random(1)
    assert not any(looping([numbers.randrange(500) for _ in range(320)]) for _ in range(50))


def test_a_table_of_different_rows_is_none() -> None:
    assert not looping([t for row in range(40) for t in (1, 2, row, 3)])


@pytest.mark.parametrize(
    ("text", "bad"),
    [("apixaban 5 mg twice daily", False), ("아픽사반 5 mg", False), ("阿哌沙班\n\t", False), ("\ufffd\ufffdok", True), ("a\x00b", True), ("", False)],
)
def test_garbage_is_told_from_text(text: str, bad: bool) -> None:
    assert garbled(text) is bad
