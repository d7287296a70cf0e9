"""The bundled model's reading notes (`E4.1 for x over y strong`), and the statements that follow from the decisive ones.

The model reads and weighs; its claims are worded here from its notes, because a model of this size copies symbols badly: of its
own claims fewer than half named what their sentence names. The notes' forms are those of models/training/rule.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from clinic.reasoning.arbitration.answer import Statement
from clinic.reasoning.facts import Side
from clinic.reasoning.outcome import Outcome

LEVELS = {"low": 1, "weak": 2, "strong": 3, "bar": 4}
MOST = 4
_NOTE = re.compile(r"^(E\d+\.\d+) (for|against) (x|y|both)( over [xy])? (bar|strong|weak|low)", re.M)
_TALLY = re.compile(r"^(?:x \w+, y \w+[^:\n]*: |so )(\w+)\s*$", re.M)
WORDS = {
    ("for", 3): "is recommended", ("for", 2): "may be used", ("for", 1): "did better",
    ("against", 4): "should not be used", ("against", 3): "should not be used", ("against", 2): "is not advised", ("against", 1): "did worse",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """What the model says one sentence does for one plan."""

    sentence: str
    direction: Literal["for", "against"]
    side: Side
    over: bool
    level: int


def read(think: str) -> list[Note]:
    """The notes for or against a plan, in the order written."""
    found: list[Note] = []
    for sentence, direction, side, over, level in _NOTE.findall(think):
        for one in Side if side == "both" else (Side(side),):
            found.append(Note(sentence, direction, one, bool(over), LEVELS[level]))
    return found


def tally(think: str) -> str:
    """The outcome the notes themselves end with, or an empty string."""
    found = _TALLY.findall(think)
    return found[-1] if found else ""


def decisive(notes: list[Note], outcome: Outcome) -> list[Note]:
    """The strongest notes that carry the outcome: for the side it supports, against the other; or for both, or against both."""
    wanted: list[tuple[str, Side]]
    if outcome.side:
        wanted = [("for", outcome.side), ("against", outcome.side.other)]
    elif outcome is Outcome.BOTH_ACCEPTABLE:
        wanted = [("for", Side.X), ("for", Side.Y)]
    elif outcome is Outcome.NEITHER:
        wanted = [("against", Side.X), ("against", Side.Y)]
    else:
        return []
    kept: list[Note] = []
    for direction, side in wanted:
        own = [n for n in notes if (n.direction, n.side) == (direction, side)]
        best = max((n.level for n in own), default=0)
        kept += [n for n in own if n.level == best][: MOST // 2]
    return kept


def statements(
    think: str,
    outcome: Outcome,
    shown: Mapping[str, str],
    ids: Mapping[str, str],
    word: Callable[[str, str], str] = lambda sentence, text: text,
) -> list[Statement]:
    """One statement a decisive note. `shown`: sentence id -> its text as shown; `ids`: -> its id in the evidence; `word`: puts words for the
    symbols of a text about that sentence. A note about a sentence that does not name the plan's treatment gives none."""
    made: list[Statement] = []
    for note in decisive(read(think), outcome):
        own = re.search(rf"⟨{note.side}\d+⟩", shown.get(note.sentence, "")) or re.search(r"⟨b\d+⟩", shown.get(note.sentence, ""))
        if own is None or note.sentence not in ids:
            continue
        other = re.search(rf"⟨{note.side.other}\d+⟩", shown[note.sentence])
        said = f"is preferred to {other.group()}" if note.over and other else WORDS[note.direction, note.level]
        text = f"{own.group()} {said}."
        made.append(Statement(side=note.side, direction=note.direction, text=word(note.sentence, text), cites=(ids[note.sentence],)))
    return made
