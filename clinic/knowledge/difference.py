"""Two versions of a source, unit by unit: what is new, what is gone, what reads otherwise, with the words marked. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from retrieval.types import Passage, UnitKind

ALIKE = 0.5
"""Two units that share at least this part of their words are one unit that was changed."""
SAME_LABEL = 0.35
"""The same recommendation number within the same kind needs less."""
WORD = re.compile(r"\s+|\d+(?:[.,\u00b7]\d+)*|[\u3400-\u9fff]|[^\W\d\u3400-\u9fff][^\W\u3400-\u9fff]*|\w|[^\w\s]")
"""A number stays whole: 0.9 that becomes 0.6 must not read as 0.96. Chinese is compared letter by letter, having no spaces."""


class Fate(StrEnum):
    """What became of a unit."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: in both versions, only in the old one, or only in the new one."""

    text: str
    side: str = ""
    """Empty, `old` or `new`."""


@dataclass(frozen=True, slots=True)
class Change:
    """One unit in both versions, or in one of them."""

    fate: Fate
    old: Passage | None
    new: Passage | None
    pieces: tuple[Piece, ...] = ()
    grades: tuple[str, ...] = ()
    """What else is different: `strength: conditional, was strong`."""

    @property
    def unit(self) -> Passage:
        unit = self.new or self.old
        assert unit is not None
        return unit


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes, recommendations first, each kind in the order of the source; and how many units stayed the same."""

    changes: tuple[Change, ...]
    same: int

    def count(self, fate: Fate) -> int:
        return sum(one.fate is fate for one in self.changes)

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        return tuple((str(fate), self.count(fate)) for fate in (Fate.ADDED, Fate.CHANGED, Fate.REMOVED))


def difference(old: Sequence[Passage], new: Sequence[Passage]) -> Difference:
    """Pairs what is equal, then what is most alike; the rest was added or removed."""
    before, pairs = _equal(old, new)
    pairs |= _alike(before, [n for n in range(len(new)) if n not in pairs], old, new)
    changes = [
        _change(old[pairs[n]], one) if n in pairs else Change(Fate.ADDED, None, one, (Piece(one.text, "new"),)) for n, one in enumerate(new)
    ]
    left = set(range(len(old))) - set(pairs.values())
    changes += [Change(Fate.REMOVED, old[m], None, (Piece(old[m].text, "old"),)) for m in sorted(left)]
    order = list(UnitKind)
    told = sorted((one for one in changes if one.fate is not Fate.SAME), key=lambda one: order.index(one.unit.kind))
    return Difference(tuple(told), len(changes) - len(told))


def _equal(old: Sequence[Passage], new: Sequence[Passage]) -> tuple[list[int], dict[int, int]]:
    """Old places that are left, and new place -> old place of the units with the same words."""
    by_text: dict[str, list[int]] = {}
    for m in reversed(range(len(old))):
        by_text.setdefault(old[m].text, []).append(m)
    pairs = {n: by_text[one.text].pop() for n, one in enumerate(new) if by_text.get(one.text)}
    return [m for m in range(len(old)) if m not in set(pairs.values())], pairs


def _alike(before: Iterable[int], after: Iterable[int], old: Sequence[Passage], new: Sequence[Passage]) -> dict[int, int]:
    """The best pairs first, each unit once. Only units that share a word are compared."""
    words = {m: Counter(_words(old[m].text)) for m in before}
    holding: dict[str, list[int]] = {}
    for m, found in words.items():
        for word in found:
            holding.setdefault(word, []).append(m)
    scored = []
    for n in after:
        mine = Counter(_words(new[n].text))
        for m in {m for word in mine if len(word) > 3 or not word.isascii() for m in holding.get(word, ())}:
            share = 2 * (mine & words[m]).total() / max(1, mine.total() + words[m].total())
            labelled = bool(new[n].label) and (new[n].label, new[n].kind) == (old[m].label, old[m].kind)
            if share >= (SAME_LABEL if labelled else ALIKE):
                scored.append((share + labelled, n, m))
    pairs: dict[int, int] = {}
    for _, n, m in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if n not in pairs and m not in pairs.values():
            pairs[n] = m
    return pairs


def _change(old: Passage, new: Passage) -> Change:
    grades = tuple(
        f"{name}: {getattr(new, name) or 'none'}, was {getattr(old, name) or 'none'}"
        for name in ("kind", "label", "strength", "certainty")
        if getattr(old, name) != getattr(new, name)
    )
    if old.text == new.text:
        return Change(Fate.CHANGED if grades else Fate.SAME, old, new, (Piece(new.text),), grades)
    return Change(Fate.CHANGED, old, new, pieces(old.text, new.text), grades)


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Both texts as one, word by word."""
    a, b = WORD.findall(old), WORD.findall(new)
    made: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            made.append(Piece("".join(b[k:m])))
        else:
            made += [Piece("".join(a[i:j]), "old")] if j > i else []
            made += [Piece("".join(b[k:m]), "new")] if m > k else []
    return tuple(made)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"\w+", text)]
