"""A Claim is one checkable statement; a Citation is the verbatim sentence that carries it, put in by the code."""

from __future__ import annotations

from typing import Literal

from clinic.reasoning.facts import Side
from clinic.reasoning.values import Value


class Objection(Value):
    """What a check found wrong. `code` is stable; `where` names the sentence or field."""

    code: str
    message: str
    where: str = ""


class Citation(Value):
    """The sentence `sentence_id` (E2.3) of a passage; `start`, `end` are offsets in the source's text."""

    sentence_id: str
    passage_id: str
    source: str
    version: str
    label: str
    quote: str
    start: int
    end: int
    page: int | None = None


class Claim(Value):
    """A statement for or against one plan, with the sentences said to carry it and what the checks found."""

    side: Side
    direction: Literal["for", "against"]
    text: str
    question: str = ""
    citations: tuple[Citation, ...] = ()
    objections: tuple[Objection, ...] = ()

    @property
    def supported(self) -> bool:
        return bool(self.citations) and not self.objections

    @property
    def favours(self) -> Side:
        """The side that gains if the claim holds."""
        return self.side if self.direction == "for" else self.side.other
