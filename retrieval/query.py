"""What a query asks for: weighted tokens for the lexical side, an English text for the dense side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import regex

from retrieval.cleaning import clean, has_cjk
from retrieval.glossary import Term, TermTable
from retrieval.tokens import tokens

SYNONYM = 0.4
"""Weight of a token that only a synonym or translation brings in, where a typed one has 1."""

_LATIN = regex.compile(r"[\p{Latin}\p{N}][\p{Latin}\p{N}\p{P} ]*")


class Query(NamedTuple):
    """A query as the two searchers read it."""

    typed: dict[str, float]
    """Tokens of the query itself, and of the English names of Korean or Chinese terms in it."""
    weights: dict[str, float]
    """The same and those of synonyms."""
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
        if cjk:
            for token in tokens(" ".join(english)):
                typed.setdefault(token, 1.0)
        weights = dict(typed)
        for form in self._table.expand(text):
            for token in tokens(form):
                weights.setdefault(token, SYNONYM)
        return Query(typed, weights, _dense(text, english, cjk), _language(text))


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
