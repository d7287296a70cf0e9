"""The expert rule that labels a generated case: what each sentence says for or against a plan, and what follows.

Levels of a mark: bar 4 (only against; "do not", contraindicated), strong 3, weak 2, low 1 (trial results, narrative).
A side's value is its best applicable support, unless an applicable mark against it is at least as high: then that, negative.
The higher value wins; both negative: neither; equal and positive: both acceptable unless a preference breaks the tie;
both zero: insufficient evidence. If the outcome turns on a condition that cannot be decided: need data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LEVELS = {"bar": 4, "strong": 3, "weak": 2, "low": 1}
STATES = {-4: "barred", -2: "discouraged", -1: "worse", 0: "none", 1: "low", 2: "weak", 3: "strong"}


@dataclass(frozen=True)
class Mark:
    """What one sentence says. `act`: for, against, lifts, off (relevant, but not this patient), other."""

    sentence: str
    act: str
    side: str = ""
    """x, y or both."""
    level: str = ""
    over: bool = False
    """For: preferred to the other side by name."""
    lifts: str = ""
    """Sentence id that this one takes back."""
    names: str = ""
    """Sentence id that names the treatment, where this one only says `it`."""
    guard: str = ""
    """`if⟨u1⟩` or `unless⟨u1⟩`: holds only if the undecidable condition holds, or fails."""
    why: str = ""
    """For off: the symbol that does not fit."""
    about: tuple[str, ...] = ()
    """Symbols for the claim's text: the treatment(s), then what they are used for or with."""
    claim: str = ""
    """Ready text of the claim for one side; for `both`, x's and y's joined by `|`."""

    def line(self) -> str:
        """The reading note."""
        if self.act == "other":
            note = " other"
        elif self.act == "off":
            note = f" off{self.why}"
        elif self.act == "lifts":
            note = f" lifts {self.lifts}"
        else:
            other = "y" if self.side == "x" else "x"
            note = f" {self.act} {self.side}" + (f" over {other}" if self.over else "") + f" {self.level}"
        return f"{self.sentence}{note}" + (f" {self.guard}" if self.guard else "")


def readings() -> list[str]:
    """Every note without its ids and symbols, in a fixed order: the classes of the auxiliary loss."""
    sided = [
        f"for {s}{o} {level}" for s in ("x", "y") for o in ("", f" over {'y' if s == 'x' else 'x'}") for level in ("strong", "weak", "low")
    ]
    sided += [f"for both {level}" for level in ("strong", "weak", "low")]
    sided += [f"against {s} {level}" for s in ("x", "y", "both") for level in ("bar", "weak", "low")]
    return ["other", "off", *(f"{one}{guard}" for one in (*sided, "lifts") for guard in ("", " if", " unless"))]


def reading(line: str) -> str:
    """`E1.2 off⟨n1⟩` -> `off`."""
    words = re.sub(r"⟨\w+⟩", "", line).split()[1:]
    return " ".join(w for w in words if not w.startswith("E"))


@dataclass(frozen=True)
class Weighing:
    """The values of both sides, whether a preference broke a tie, and the outcome."""

    x: int
    y: int
    tie: str
    outcome: str

    def line(self) -> str:
        tie = f", {self.tie} first" if self.tie else ""
        return f"x {STATES[self.x]}, y {STATES[self.y]}{tie}: {self.outcome}"


def holds(mark: Mark, true: frozenset[str]) -> bool:
    """Whether the mark's guard holds when exactly these `u` symbols hold."""
    if not mark.guard:
        return True
    word, sym = mark.guard.split("⟨")
    return (f"⟨{sym}" in true) == (word == "if")


def applicable(marks: Sequence[Mark], true: frozenset[str]) -> list[Mark]:
    lifted = {m.lifts for m in marks if m.act == "lifts" and holds(m, true)}
    return [m for m in marks if m.act in ("for", "against") and holds(m, true) and m.sentence not in lifted]


def _value(side: str, marks: Sequence[Mark]) -> int:
    best = max((LEVELS[m.level] for m in marks if m.act == "for" and m.side in (side, "both")), default=0)
    worst = max((LEVELS[m.level] for m in marks if m.act == "against" and m.side in (side, "both")), default=0)
    return -worst if worst and worst >= best else best


def judge(marks: Sequence[Mark], true: frozenset[str] = frozenset()) -> Weighing:
    """The weighing if exactly these undecidable conditions hold."""
    live = applicable(marks, true)
    x, y = _value("x", live), _value("y", live)
    if x < 0 and y < 0:
        return Weighing(x, y, "", "neither")
    if x != y:
        return Weighing(x, y, "", "supports_x" if x > y else "supports_y")
    if x == 0:
        return Weighing(x, y, "", "insufficient_evidence")
    first = {m.side for m in live if m.over and LEVELS[m.level] == x}
    tie = first.pop() if len(first) == 1 else ""
    return Weighing(x, y, tie, f"supports_{tie}" if tie else "both_acceptable")


@dataclass(frozen=True)
class Answer:
    """What the model has to write."""

    notes: tuple[str, ...]
    outcome: str
    claims: tuple[dict[str, object], ...]
    missing: tuple[str, ...]


def _claims(marks: Sequence[Mark], weighing: Weighing) -> list[dict[str, object]]:
    """Marks that set the value of a side that matters for the outcome."""
    out: list[dict[str, object]] = []
    values = {"x": weighing.x, "y": weighing.y}
    for m in marks:
        for side, text in zip(("x", "y") if m.side == "both" else (m.side,), m.claim.split("|"), strict=True):
            v = values[side]
            level = LEVELS[m.level]
            if (m.act == "for") != (v > 0) or level != abs(v):
                continue
            if weighing.outcome in ("supports_x", "supports_y") and (v > 0) == (side != weighing.outcome[-1]):
                continue  # the loser's support and the winner's faults are not decisive
            if weighing.tie and not m.over:
                continue
            out.append({"side": side, "direction": m.act, "text": text, "cites": [*([m.names] if m.names else []), m.sentence]})
    return out[:4]


def answer(marks: Sequence[Mark]) -> Answer:
    """Notes, outcome, claims and missing symbols by the rule."""
    notes = [m.line() for m in marks]
    now = judge(marks)
    notes.append(now.line())
    guards = list(dict.fromkeys("⟨" + m.guard.split("⟨")[1] for m in marks if m.guard))
    missing = []
    for u in guards:
        then = judge(marks, frozenset({u}))
        notes.append(f"if{u} {then.line()}")
        if then.outcome != now.outcome:
            missing.append(u)
    if not missing:
        return Answer(tuple(notes), now.outcome, tuple(_claims(applicable(marks, frozenset()), now)), ())
    notes.append("so need_data")
    by_id = {m.sentence: m for m in marks}
    claims: list[dict[str, object]] = []
    for m in marks:
        if not m.guard or "⟨" + m.guard.split("⟨")[1] not in missing:
            continue
        about = by_id[m.lifts] if m.act == "lifts" else m
        if about.act not in ("for", "against"):
            continue
        u = "⟨" + m.guard.split("⟨")[1]
        for i, side in enumerate(("x", "y") if about.side == "both" else (about.side,)):
            text = f"{about.about[i]} depends on{u}."
            claims.append(
                {
                    "side": side,
                    "direction": about.act,
                    "text": text,
                    "cites": list(dict.fromkeys([*([about.names] if about.names else []), about.sentence, m.sentence]))[:3],
                }
            )
    return Answer(tuple(notes), "need_data", tuple(claims[:4]), tuple(missing))
