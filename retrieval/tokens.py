"""Text to search tokens: stemmed English words, character pairs for Korean and Chinese."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex
import Stemmer

from retrieval.cleaning import clean

_PIECE = regex.compile(r"\d+(?:\.\d+)+|[\p{Latin}\p{Greek}\p{Cyrillic}\d]+|[\p{Han}\p{Hiragana}\p{Katakana}]+|\p{Hangul}+")
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "no",
        "not",
        "of",
        "on",
        "or",
        "s",
        "such",
        "than",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "were",
        "what",
        "when",
        "which",
        "who",
        "will",
        "with",
        "would",
        "should",
    ]
)
_BRITISH = (
    (regex.compile(r"(?<=[a-z])our(?=s?$|ed$|ing$|al$)"), "or"),
    (regex.compile(r"(?<=[a-z]{3})is(?=e[ds]?$|ing$|ations?$|ers?$)"), "iz"),
    (regex.compile(r"[ao]e(?=[a-z])"), "e"),
    (regex.compile(r"ph(?=[aeiouy]|$)|(?<=l)ph"), "f"),
)
"""British spellings to one common form; applied to texts and queries alike, so odd results do no harm."""

_stemmer = Stemmer.Stemmer("english", 0)


def tokens(text: str) -> list[str]:
    """Tokens in order, stop words left out."""
    found: list[str] = []
    for piece in _PIECE.findall(clean(text).casefold()):
        if piece.isascii() or piece[0] < "\u1100":
            if piece not in _STOP:
                found.append(_word(piece))
        elif len(piece) == 1:
            found.append(piece)
        else:
            found += [piece[n : n + 2] for n in range(len(piece) - 1)]
    return found


@lru_cache(maxsize=65536)
def _word(word: str) -> str:
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    if len(word) > 4:
        for pattern, replacement in _BRITISH:
            word = pattern.sub(replacement, word)
    stem: str = _stemmer.stemWord(word)
    return stem
