"""Laws of the two phases of a sample, whatever the text and wherever its tokens are cut."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from inference.template import Marks
from inference.types import Chunk, ChunkKind, Request, Segment
from inference.writing import Writing

END, OPEN, CLOSE, BLANK, LINE, FIRST = 1, 2, 3, 4, 5, 10
R1 = Marks(True, (OPEN, LINE), CLOSE, (OPEN, BLANK, CLOSE, BLANK), (BLANK,), (LINE,))


@dataclass
class Pen:
    """Writes pieces of text, each a token of its own, so that nothing loops; keeps what is fed and shown."""

    pieces: list[bytes]
    room: int
    budget: int | None

    def __post_init__(self) -> None:
        asked = Request(segments=(Segment(text="?"),), think_budget=self.budget)
        self.writing = Writing(0, asked, R1, [], frozenset({END}), self.piece, self.room, 7)
        self.fed, self.chunks = self.writing.opening()
        self.drawn = 0

    def piece(self, token: int) -> bytes:
        return self.pieces[token - FIRST] if token >= FIRST else b"\n" if token == LINE else b""

    def take(self, token: int) -> None:
        feed, chunks = self.writing.take(token)
        self.fed, self.chunks = self.fed + feed, self.chunks + chunks

    def write(self, count: int) -> None:
        """The next `count` pieces, or fewer where the text or the sample ends before."""
        for _ in range(min(count, len(self.pieces) - self.drawn)):
            if self.writing.finish:
                return
            self.drawn += 1
            self.take(FIRST + self.drawn - 1)

    def shown(self, kind: ChunkKind) -> str:
        return "".join(chunk.text for chunk in self.chunks if chunk.kind is kind)

    @property
    def done(self) -> Chunk:
        return self.chunks[-1]


def cut(text: bytes, places: list[int]) -> list[bytes]:
    """Pieces between the places; also in the middle of a character."""
    edges = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[a:b] for a, b in zip(edges, edges[1:], strict=False)]


texts = st.text(st.characters(codec="utf-8") | st.sampled_from("약阿é🩺\n}"), max_size=60).map(str.encode)
pieces = st.builds(cut, texts, st.lists(st.integers(0, 400), max_size=60))
budgets = st.none() | st.integers(0, 40)
rooms = st.integers(1, 80)


@given(pieces, pieces)
def test_the_pieces_shown_join_to_the_text(think: list[bytes], answer: list[bytes]) -> None:
    pen = Pen([*think, *answer], room=1000, budget=None)
    pen.write(len(think))
    pen.take(CLOSE)
    pen.write(len(answer))
    pen.take(END)
    assert pen.shown(ChunkKind.THINK).encode() == b"".join(think) and pen.shown(ChunkKind.ANSWER).encode() == b"".join(answer)
    assert (pen.done.finish, pen.done.think_tokens, pen.done.answer_tokens) == ("stop", len(think), len(answer))
    assert pen.fed == [OPEN, LINE, *range(FIRST, FIRST + len(think)), CLOSE, BLANK, *range(FIRST + len(think), FIRST + pen.drawn)]


@given(pieces, budgets, rooms)
def test_neither_budget_nor_allowance_is_ever_exceeded(text: list[bytes], budget: int | None, room: int) -> None:
    pen = Pen(text, room, budget)
    pen.write(len(text))
    assert pen.writing.think_tokens <= (room if budget is None else budget)
    assert pen.writing.think_tokens + pen.writing.answer_tokens == pen.drawn <= room
    assert pen.fed.count(CLOSE) == (0 if pen.writing.thinking else 1)
    assert (pen.writing.finish == "length") is (pen.drawn == room)


@given(pieces, st.integers(1, 40))
def test_the_block_is_closed_exactly_at_the_budget(text: list[bytes], budget: int) -> None:
    pen = Pen(text, room=1000, budget=budget)
    pen.write(budget - 1)
    assert pen.writing.thinking and CLOSE not in pen.fed
    pen.write(1)
    thought = b"".join(text[:budget])
    if len(text) >= budget:
        line = [] if thought.endswith(b"\n") else [LINE]
        assert not pen.writing.thinking and pen.fed[-len(line) - 3 :] == [FIRST + budget - 1, *line, CLOSE, BLANK]
        assert pen.shown(ChunkKind.THINK) == thought.decode(errors="replace") and not pen.shown(ChunkKind.ANSWER)


@given(pieces, st.integers(1, 40), st.integers(0, 60))
def test_a_character_cut_by_the_budget_does_not_reach_the_answer(text: list[bytes], budget: int, answer: int) -> None:
    pen = Pen(text, room=1000, budget=budget)
    pen.write(budget + answer)
    if pen.drawn > budget:
        pen.take(END)
        written = b"".join(text[budget : pen.drawn])
        assert pen.shown(ChunkKind.ANSWER) == written.decode(errors="replace") and pen.done.finish == "stop"


@given(pieces, budgets, st.integers(0, 60))
def test_an_end_token_ends_the_answer_and_only_the_answer(text: list[bytes], budget: int | None, at: int) -> None:
    pen = Pen(text, room=1000, budget=budget)
    pen.write(at)
    was_thinking = pen.writing.thinking
    pen.take(END)
    assert END not in pen.fed and not pen.writing.thinking
    assert pen.writing.finish == ("" if was_thinking else "stop")
    assert not was_thinking or pen.fed[-2:] == [CLOSE, BLANK]
