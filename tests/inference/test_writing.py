"""The two phases of a sample, token by token, without a model."""

from __future__ import annotations

import pytest

from inference.template import Marks
from inference.types import Chunk, ChunkKind, Request, Segment
from inference.writing import Writing, answer_reserve

END, OPEN, CLOSE, BLANK, LINE = 1, 2, 3, 4, 5
R1 = Marks(True, (OPEN, LINE), CLOSE, (OPEN, BLANK, CLOSE, BLANK), (BLANK,), (LINE,))
BARE = Marks(False, (), -1, (), (), ())


def piece(token: int) -> bytes:
    """Tokens 10 to 265 are the bytes."""
    return bytes([token - 10]) if token >= 10 else b"\n" if token == LINE else b""


def writing(marks: Marks = R1, prefix: str = "", room: int = 100, **request: object) -> Writing:
    asked = Request.model_validate({"segments": (Segment(text="?"),), "answer_prefix": prefix, **request})
    return Writing(0, asked, marks, [b + 10 for b in prefix.encode()], frozenset({END}), piece, room, 7)


def write(one: Writing, text: bytes) -> tuple[list[int], list[Chunk]]:
    """Feeds all bytes; the last step's feed and all chunks."""
    feed: list[int] = []
    chunks: list[Chunk] = []
    for byte in text:
        feed, new = one.take(byte + 10)
        chunks += new
    return feed, chunks


def shown(chunks: list[Chunk], kind: ChunkKind) -> str:
    return "".join(chunk.text for chunk in chunks if chunk.kind is kind)


def test_it_works() -> None:
    one = writing()
    assert one.opening() == ([OPEN, LINE], [])
    _, think = write(one, b"weigh")
    assert one.take(CLOSE) == ([CLOSE, BLANK], [])
    _, answer = write(one, b"X")
    feed, end = one.take(END)
    assert (shown(think, ChunkKind.THINK), shown(answer, ChunkKind.ANSWER), feed) == ("weigh", "X", [])
    assert end[-1].finish == "stop" and (end[-1].prompt_tokens, end[-1].think_tokens, end[-1].answer_tokens) == (7, 5, 1)


def test_at_the_budget_the_block_is_closed_on_a_new_line() -> None:
    one = writing(think_budget=3)
    feed, _ = write(one, b"abc")
    assert feed == [ord("c") + 10, LINE, CLOSE, BLANK] and not one.thinking


def test_no_line_break_is_added_after_one() -> None:
    one = writing(think_budget=3)
    feed, _ = write(one, b"ab\n")
    assert feed == [ord("\n") + 10, CLOSE, BLANK]


def test_an_end_while_thinking_begins_the_answer() -> None:
    one = writing()
    write(one, b"ab")
    assert one.take(END)[0] == [LINE, CLOSE, BLANK] and not one.finish


def test_no_budget_prefills_the_empty_block() -> None:
    one = writing(think_budget=0, prefix="{")
    feed, chunks = one.opening()
    assert feed == [OPEN, BLANK, CLOSE, BLANK, ord("{") + 10] and shown(chunks, ChunkKind.ANSWER) == "{"


def test_the_prefix_follows_the_thinking() -> None:
    one = writing(prefix="{")
    feed, chunks = one.take(CLOSE)
    assert feed == [CLOSE, BLANK, ord("{") + 10] and shown(chunks, ChunkKind.ANSWER) == "{"


def test_a_model_without_reasoning_answers_at_once() -> None:
    one = writing(marks=BARE)
    assert one.opening() == ([], []) and not one.thinking


@pytest.mark.parametrize(("room", "thought"), [(100, 50), (1000, 744), (2, 1)], ids=["half", "all but 256", "tiny"])
def test_thinking_leaves_room_for_the_answer(room: int, thought: int) -> None:
    assert room - answer_reserve(room) == thought
    one = writing(room=room, think_budget=None)
    for n in range(thought):
        assert one.thinking
        one.take(10 + n % 251)
    assert not one.thinking


def test_the_allowance_ends_the_answer() -> None:
    one = writing(room=6, think_budget=2)
    write(one, b"ab")
    _, chunks = write(one, b"cdef")
    assert chunks[-1].finish == "length"


def test_a_character_is_shown_only_when_it_is_whole() -> None:
    one = writing(marks=BARE)
    texts = [[c.text for c in one.take(byte + 10)[1]] for byte in "약".encode()]
    assert texts == [[], [], ["약"]]


def test_a_broken_character_at_the_end_is_marked() -> None:
    one = writing(marks=BARE)
    write(one, "약".encode()[:2])
    assert shown(one.take(END)[1], ChunkKind.ANSWER) == "\ufffd"


def test_a_broken_character_does_not_cross_into_the_answer() -> None:
    one = writing()
    write(one, "약".encode()[:2])
    _, chunks = one.take(CLOSE)
    assert shown(chunks, ChunkKind.THINK) == "\ufffd"
    assert shown(write(one, b"X")[1], ChunkKind.ANSWER) == "X"


def test_a_loop_ends_the_sample() -> None:
    one = writing(room=400, think_budget=None)
    _, chunks = write(one, b"wait, " * 20)
    assert one.finish == "loop" and any(chunk.finish == "loop" for chunk in chunks)


def test_a_whole_json_value_ends_the_answer() -> None:
    one = writing(marks=BARE)
    assert one.take(ord("{") + 10, lambda: True)[0]
    assert one.take(ord("}") + 10, lambda: True)[1][-1].finish == "stop"
