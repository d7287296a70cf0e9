"""Passages that say the same: copies, versions and declared translations of one recommendation. One of them is kept.

A passage that differs in direction, negation, number, drug, condition or population is another opinion and is never a repeat.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clinic.reasoning.checks.numbers import quantities
from clinic.reasoning.checks.polarity import COMPARE, negative
from clinic.reasoning.population import named, read
from retrieval.query import language_of
from retrieval.tokens import tokens
from retrieval.types import Formulary, Glossary, Passage, Strength, UnitKind

NEAR = 0.8
"""Share of search words in common (Jaccard) from which two passages may be one."""

AKIN = 0.5
"""... and from which they speak of the same point, so that the newer source is shown first."""

_TELLING = re.compile(
    r"\b(?:no|not|nor|never|neither|without|unless|except|only|before|after|until|above|below|over|under|more|less|least|most|high\w*|low\w*"
    r"|increas\w+|decreas\w+|reduc\w+|rais\w+|start\w*|stop\w*|begin\w*|continu\w+|delay\w*|early|late\w*|immediate\w*|at once|first|second|third|once"
    r"|twice|thrice|daily|weekly|monthly|oral\w*|intraven\w+|inferior|superior|similar|harm\w*|benefit\w*|or|and|may|must|should|if|all|any)\b"
    r"|[않말못금불不勿未无非忌禁避停减增前后]|중단|감량|증량|시작|이상|이하|미만|초과|以上|以下|首选",
    re.I,
)
"""Words that turn a recommendation or bound it; two passages that differ in one of them are two."""

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
"""Also where Korean or Chinese stands right before it."""

KINDS = list(UnitKind)
STRENGTHS = list(Strength)


class Repeats:
    """Judges pairs of passages; what a passage says is read once."""

    def __init__(self, formulary: Formulary, glossary: Glossary, record: str) -> None:
        """`record`: what the patient's record and the question say; a passage in their language is preferred."""
        self._formulary, self._glossary = formulary, glossary
        self._language = language_of(record)
        self._words: dict[str, frozenset[str]] = {}
        self._facts: dict[str, tuple[object, ...]] = {}

    def once(self, ranked: Sequence[Passage]) -> list[Passage]:
        """Without repeats, in the order given; of those that say the same the preferred one stands in the first one's place."""
        kept: list[Passage] = []
        for passage in ranked:
            place = next((n for n, one in enumerate(kept) if self.same(one, passage)), None)
            if place is None:
                kept.append(passage)
            else:
                kept[place] = max(kept[place], passage, key=self._preference)
        return kept

    def same(self, one: Passage, other: Passage) -> bool:
        """Whether the two are one recommendation: nearly the same words, or the one declared a translation of the other."""
        if one.text == other.text:
            return read(one) == read(other)
        if one.language.split("-")[0] != other.language.split("-")[0]:
            return _translated(one, other) and self._stated(one)[:3] == self._stated(other)[:3]
        return self._shared(one, other) >= NEAR and self._stated(one) == self._stated(other)

    def newer_first(self, ordered: Sequence[Passage]) -> list[Passage]:
        """The order given, but of two passages of a kind on the same point the one of the newer source before the older one."""
        found: list[Passage] = []
        for passage in ordered:
            older = (n for n, one in enumerate(found) if self._supersedes(passage, one))
            found.insert(next(older, len(found)), passage)
        return found

    def _supersedes(self, new: Passage, old: Passage) -> bool:
        return (
            new.kind is old.kind
            and new.source != old.source
            and new.effective > old.effective
            and old.effective != ""
            and self._shared(new, old) >= AKIN
        )

    def _preference(self, passage: Passage) -> tuple[bool, int, str, int]:
        """The record's language, the kind that carries more, the newer source, the stronger recommendation."""
        own = passage.language.startswith(self._language)
        return own, -KINDS.index(passage.kind), passage.effective, -STRENGTHS.index(passage.strength)

    def _shared(self, one: Passage, other: Passage) -> float:
        a, b = self._tokens(one), self._tokens(other)
        return len(a & b) / len(a | b) if a and b else 0.0

    def _tokens(self, passage: Passage) -> frozenset[str]:
        if passage.id not in self._words:
            self._words[passage.id] = frozenset(tokens(passage.text))
        return self._words[passage.id]

    def _stated(self, passage: Passage) -> tuple[object, ...]:
        """First three what holds in any language: drugs, figures, whether it speaks against; then what only the words of one show."""
        if passage.id not in self._facts:
            text = passage.text
            drugs = [name for _, _, name in self._formulary.mentioned(text)]
            terms = frozenset(term for _, _, term in self._glossary.mentioned(text))
            self._facts[passage.id] = (
                frozenset(drugs),
                frozenset(_FIGURE.findall(text)) | {value for value, _ in quantities(text)},
                negative(text),
                tuple(drugs),
                tuple(_FIGURE.findall(text)),
                frozenset(quantities(text)),
                terms,
                read(passage),
                named(text),
                tuple(sorted(found.group().casefold() for found in _TELLING.finditer(text))),
                bool(COMPARE.search(text)),
            )
        return self._facts[passage.id]


def _translated(one: Passage, other: Passage) -> bool:
    """By the front matter of their sources, for recommendations of the same number."""
    origins = {one.translation_of or one.source, other.translation_of or other.source}
    return len(origins) == 1 and one.source != other.source and one.label == other.label != ""
