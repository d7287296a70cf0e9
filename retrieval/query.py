"""What a query asks for: weighted tokens for the lexical side, an English text for the dense side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import regex

from retrieval.cleaning import clean, has_cjk
from retrieval.glossary import Term, TermTable
from retrieval.tokens import tokens

CANONICAL = 0.8
"""Weight of a token of a term's English name, where the query has an abbreviation or translation of it; a typed token has 1."""

SYNONYM = 0.4
"""Weight of any other name of a term, shared among its tokens."""

_LATIN = regex.compile(r"[\p{Latin}\p{N}][\p{Latin}\p{N}\p{P} ]*")


class Query(NamedTuple):
    """A query as the two searchers read it."""

    readings: tuple[frozenset[str], ...]
    """Token sets each of which says the whole query: as typed, and a Korean or Chinese one in English."""
    weights: dict[str, float]
    """Tokens to score by: typed ones, those of the terms' English names, those of synonyms."""
    dense: str
    """Empty where the embedder would be blind."""
    language: str


class Expander:
    """Reads queries with the terms of a generation."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._table = TermTable(terms)

    def read(self, query: str) -> Query:
        """Analyses one query."""
        text = clean(query)
        english = list(dict.fromkeys(name for _, _, name in self._table.mentioned(text)))
        cjk = has_cjk(text)
        typed: dict[str, float] = {}
        for token in tokens(text):
            typed[token] = min(typed.get(token, 0.0) + 1.0, 2.0)
        named = set(tokens(" ".join(english)))
        weights = dict(typed)
        for token in named:
            weights.setdefault(token, CANONICAL)
        readings = (frozenset(typed), frozenset(named | {token for token in typed if not has_cjk(token)}))
        for form in self._table.expand(text):
            parts = tokens(form)
            for token in parts:
                weights.setdefault(token, SYNONYM / len(parts))
        return Query(readings if cjk else (readings[0] | readings[1],), weights, _dense(text, english, cjk), _language(text))


def _dense(text: str, english: list[str], cjk: bool) -> str:
    if not cjk:
        missing = [name for name in english if name.casefold() not in text.casefold()]
        return " ".join([text, *missing])
    latin = [found.strip() for found in _LATIN.findall(text) if regex.search(r"\p{Latin}{3}", found)]
    return ", ".join([*english, *latin])


def _language(text: str) -> str:
    if regex.search(r"\p{Hangul}", text):
        return "ko"
    return "zh" if regex.search(r"\p{Han}", text) else "en"
