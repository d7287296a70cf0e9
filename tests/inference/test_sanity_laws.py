"""Laws of the signs that a model has lost itself: every repeated passage is found, nothing else is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.sanity import LONGEST_PERIOD, REPEATS, SHORTEST_RUN, WINDOW, garbled, looping

tokens = st.integers(min_value=0, max_value=500)
NEW = 501
"""A token that stands nowhere else."""

clean = st.text(st.characters(blacklist_categories=("Cc", "Co", "Cs"), blacklist_characters="\ufffd") | st.sampled_from("\n\r\t"))
dirt = st.text(st.sampled_from("\ufffd\x00\x07\x1b\ue000\uf8ff"))


def overlap_free(start: int, length: int) -> list[int]:
    """A stretch of the Thue-Morse word, in which no passage stands three times in a row (Thue 1912)."""
    return [place.bit_count() % 2 for place in range(start, start + length)]


@given(st.lists(tokens), st.lists(tokens, min_size=1, max_size=LONGEST_PERIOD), st.integers(0, LONGEST_PERIOD))
def test_a_passage_repeated_often_enough_is_found_wherever_it_stops(before: list[int], passage: list[int], more: int) -> None:
    enough = max(REPEATS * len(passage), SHORTEST_RUN) + more
    assert looping([*before, *(passage * enough)[:enough]])


@given(st.integers(0, 1 << 20), st.integers(0, 2 * WINDOW), st.lists(tokens, min_size=2, max_size=2, unique=True))
def test_a_word_without_repetition_is_no_loop(start: int, length: int, letters: list[int]) -> None:
    assert not looping([letters[bit] for bit in overlap_free(start, length)])


@given(st.lists(tokens, unique=True, max_size=WINDOW))
def test_tokens_that_all_differ_are_no_loop(different: list[int]) -> None:
    assert not looping(different)


@given(st.lists(tokens, min_size=1, max_size=LONGEST_PERIOD), st.integers(1, SHORTEST_RUN))
def test_one_new_token_breaks_any_loop(passage: list[int], back: int) -> None:
    text = passage * WINDOW
    assert looping(text)
    text[-back] = NEW
    assert not looping(text)


@given(st.lists(tokens), st.integers(1, LONGEST_PERIOD))
def test_a_passage_one_token_short_of_a_loop_is_none(before: list[int], length: int) -> None:
    short = max(REPEATS * length, SHORTEST_RUN) - 1
    assert not looping([*before, NEW, *(list(range(length)) * short)[:short]])


@given(clean)
def test_text_in_any_script_is_not_garbage(text: str) -> None:
    assert not garbled(text)


@given(clean, dirt)
def test_more_than_one_in_fifty_is_garbage_wherever_it_stands(text: str, bad: str) -> None:
    expected = 50 * len(bad) > len(text) + len(bad)
    half = len(text) // 2
    assert garbled(text + bad) is garbled(bad + text) is garbled(text[:half] + bad + text[half:]) is expected
