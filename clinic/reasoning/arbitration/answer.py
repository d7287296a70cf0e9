"""What a run of the panel says, before anything of it is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from clinic.reasoning.facts import Side
from clinic.reasoning.outcome import Outcome
from clinic.reasoning.values import Value
from inference.types import Sampling, Segment


class Statement(Value):
    """A claim as the model wrote it: its words, and the ids of the sentences it names."""

    side: Side
    direction: Literal["for", "against"]
    text: str
    cites: tuple[str, ...]


class Answer(Value):
    """One run's answer, in terms of the plans as the prompt placed them."""

    outcome: Outcome
    statements: tuple[Statement, ...] = ()
    missing: tuple[str, ...] = ()

    def swapped(self) -> Answer:
        """The same answer with the plans' letters exchanged."""
        flipped = tuple(s.model_copy(update={"side": s.side.other, "text": swap_letters(s.text)}) for s in self.statements)
        return self.model_copy(update={"outcome": self.outcome.swapped(), "statements": flipped})


def swap_letters(text: str) -> str:
    """`Plan X` becomes `Plan Y` and the reverse."""
    return text.replace("Plan X", "Plan \0").replace("Plan Y", "Plan X").replace("Plan \0", "Plan Y")


class Unusable(ValueError):
    """The run's answer does not have the shape asked for."""

    code = "unusable_answer"


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt with the schema of its answer and the function that reads it (raises Unusable)."""

    segments: tuple[Segment, ...]
    schema: dict[str, Any]
    read: Callable[[str, str], Answer]
    """(answer, think text) -> Answer."""
    think_budget: int
    max_tokens: int
    sampling: Sampling = Sampling()
