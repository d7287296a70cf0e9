"""The numbered evidence of one consult: E1, E2, ... with sentences E1.1, E1.2, ..."""

from __future__ import annotations

from collections.abc import Iterable

from clinic.reasoning.facts import Side
from clinic.reasoning.values import Value
from retrieval.types import Passage, Sentence


class Exhibit(Value):
    """One passage of the evidence with its number, and the sides whose own treatments it speaks of."""

    number: int
    passage: Passage
    speaks_of: tuple[Side, ...] = ()
    """x, y, both, or neither: whose treatments it names that the other plan does not have."""

    @property
    def id(self) -> str:
        return f"E{self.number}"


class Evidence(Value):
    """All exhibits of a consult in the order shown, and the digest of the index they came from."""

    exhibits: tuple[Exhibit, ...] = ()
    index_digest: str = ""
    dropped: int = 0
    """Passages found but judged not relevant, `elsewhere` and `repeated` included."""
    elsewhere: int = 0
    """Of these, for patients of another age, sex or state of pregnancy."""
    repeated: int = 0
    """Of these, saying what a passage that was kept says."""

    @classmethod
    def of(cls, passages: Iterable[Passage]) -> Evidence:
        """Evidence that was handed in, numbered in the order given."""
        return cls(exhibits=tuple(Exhibit(number=n, passage=p) for n, p in enumerate(passages, 1)))

    def sentence_ids(self) -> list[str]:
        return [f"{e.id}.{n}" for e in self.exhibits for n in range(1, len(e.passage.sentences) + 1)]

    def find(self, sentence_id: str) -> tuple[Exhibit, Sentence] | None:
        """The exhibit and sentence of an id such as `E2.3`; None if there is none."""
        head, _, tail = sentence_id.partition(".")
        if not (head[:1] == "E" and head[1:].isdigit() and tail.isdigit()):
            return None
        number, place = int(head[1:]), int(tail)
        for exhibit in self.exhibits:
            if exhibit.number == number and 1 <= place <= len(exhibit.passage.sentences):
                return exhibit, exhibit.passage.sentences[place - 1]
        return None

    def reversed(self) -> Evidence:
        """The same exhibits, under the same numbers, in the other order."""
        return self.model_copy(update={"exhibits": tuple(reversed(self.exhibits))})
