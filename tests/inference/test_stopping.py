"""Stop words, in whatever pieces they come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.stopping import Stopper


def shown(pieces: list[str], words: list[str]) -> str:
    stopper = Stopper(words)
    return "".join(stopper.feed(piece) for piece in pieces) + stopper.rest()


def test_it_works() -> None:
    assert shown(["Plan X.\nEN", "D of it"], ["END"]) == "Plan X.\n"


def test_the_beginning_of_a_word_that_does_not_come_is_shown() -> None:
    assert shown(["EN", "gland"], ["END"]) == "ENgland" and shown(["EN"], ["END"]) == "EN"


@given(st.lists(st.text("ab|", max_size=4), max_size=8), st.lists(st.text("ab|", min_size=1, max_size=3), max_size=3))
def test_pieces_do_not_matter(pieces: list[str], words: list[str]) -> None:
    text = "".join(pieces)
    assert shown(pieces, words) == min((text.partition(word)[0] for word in words), key=len, default=text)
