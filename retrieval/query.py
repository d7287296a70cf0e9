"""What a query asks for: weighted tokens for the lexical side, an English text for the dense side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import regex

from retrieval.cleaning import clean, has_cjk
from retrieval.glossary import Term, TermTable
from retrieval.matching import case_matters
from retrieval.tokens import tokens

CANONICAL = 0.8
"""Weight of a token of a term's English name, where the query has an abbreviation, brand or translation of it; a typed token has 1."""

SYNONYM = 0.4
"""Weight of any other name of a term, shared among its tokens."""

_FOREIGN = regex.compile(r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}，。；：（）！？、]+")


class Query(NamedTuple):
    """A query as the two searchers read it."""

    readings: tuple[frozenset[str], ...]
    """Token sets each of which says the whole query: as typed, and with its terms under their English names."""
    weights: dict[str, float]
    """Tokens to score by: typed ones, those of the terms' English names, those of synonyms."""
    dense: str
    """Empty where the embedder would be blind."""
    language: str


class Expander:
    """Reads queries, and passages in other languages than English, with the terms of a generation."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._table = TermTable(terms)
        self._words = frozenset(term.term for term in terms if term.search_only)
        """English search words stay as they were typed."""

    def read(self, query: str) -> Query:
        """Analyses one query."""
        text = clean(query)
        english = self._in_english(text)
        typed = Counter(tokens(text))
        named = frozenset(tokens(english))
        weights = {token: min(float(times), 2.0) for token, times in typed.items()}
        for token in sorted(named):
            weights.setdefault(token, CANONICAL)
        for form in self._table.expand(text):
            parts = tokens(form)
            for token in parts:
                weights.setdefault(token, SYNONYM / len(parts))
        return Query((frozenset(typed), named), weights, english, language_of(text))

    def gloss(self, text: str) -> str:
        """English names of the terms in a text, once each."""
        return ", ".join(dict.fromkeys(name for _, _, name in self._table.mentioned(text)))

    def _in_english(self, text: str) -> str:
        """The text with every known term under its English name, without what stays Korean or Chinese."""
        pieces, done = [], 0
        for start, end, name in self._table.mentioned(text):
            surface = text[start:end]
            if surface.isascii() and not case_matters(surface) and name in self._words:
                name = surface
            pieces += [text[done:start], name if surface.isascii() else f" {name} "]
            done = end
        joined = "".join([*pieces, text[done:]])
        english = " ".join(_FOREIGN.sub(" ", joined).split()) if has_cjk(joined) else joined
        return english if regex.search(r"\p{L}{2}", english) else ""


def language_of(text: str) -> str:
    """ko if any Hangul stands in the text, zh if any Han, else en."""
    if regex.search(r"\p{Hangul}", text):
        return "ko"
    return "zh" if regex.search(r"\p{Han}", text) else "en"
