"""Finds known names in running text, the longest first, with one compiled pattern.

Latin names need a boundary on both sides (Korean particles may follow), Korean and Chinese names need none. Short
abbreviations written in capitals match only in capitals: AF is a condition, `if` and `af` are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import regex

from retrieval.cleaning import fold, has_cjk

_SHORT = 4
_SLASH = regex.compile(r"\s*/\s*")


def case_matters(name: str) -> bool:
    """Whether a name is an abbreviation so short that its capitals carry the meaning."""
    letters = [c for c in name if c.isalpha()]
    return not has_cjk(name) and len(name) <= _SHORT and sum(c.isupper() for c in letters) >= 2


class Matcher:
    """Maps surface forms to canonical names and finds them in text."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self._exact = {form: to for form, to in forms.items() if case_matters(form)}
        self._folded = {_key(form): to for form, to in forms.items() if not case_matters(form) and _key(form)}

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, canonical) left to right, not overlapping, the longest of those that begin at one place."""
        found: list[tuple[int, int, str]] = []
        for pattern, exact in self._patterns:
            if pattern is None:
                continue
            for match in pattern.finditer(text):
                to = self._exact.get(match[0]) if exact else self._lookup(match[0])
                if to is not None:
                    found.append((match.start(), match.end(), to))
        found.sort(key=lambda item: (item[0], -item[1]))
        kept: list[tuple[int, int, str]] = []
        for item in found:
            if not kept or item[0] >= kept[-1][1]:
                kept.append(item)
        return kept

    @cached_property
    def _patterns(self) -> tuple[tuple[regex.Pattern[str] | None, bool], ...]:
        """(pattern, whether its matches are looked up as they stand), compiled at first use."""
        return (
            (_compile(self._folded, plural=True, ignore_case=True), False),
            (_compile(self._exact, plural=False, ignore_case=False), True),
        )

    def _lookup(self, surface: str) -> str | None:
        key = _key(surface)
        for candidate in (key, key.removesuffix("s"), key.removesuffix("es")):
            if candidate in self._folded:
                return self._folded[candidate]
        return None


def _key(name: str) -> str:
    """Folded, with hyphens read as spaces and no space around a slash."""
    return str(_SLASH.sub("/", " ".join(fold(name).replace("-", " ").split())))


def _compile(names: Iterable[str], *, plural: bool, ignore_case: bool) -> regex.Pattern[str] | None:
    latin = sorted(name for name in names if not has_cjk(name))
    wide = sorted(name for name in names if has_cjk(name))
    parts = []
    if latin:
        ending = "(?:e?s)?" if plural else ""
        parts.append(rf"(?<![A-Za-z0-9])(?:{_trie(latin)}){ending}(?![A-Za-z0-9])")
    if wide:
        first = regex.escape("".join(sorted({name[0] for name in wide})), special_only=False)
        parts.append(rf"(?=[{first}])(?:{_trie(wide)})")
    if not parts:
        return None
    return regex.compile("|".join(parts), regex.IGNORECASE if ignore_case else 0)


def _trie(names: list[str]) -> str:
    """A pattern equal to the alternation of the names, factored by common beginnings; it prefers the longest."""
    branches: dict[str, list[str]] = {}
    for name in names:
        branches.setdefault(name[:1], []).append(name[1:])
    optional = "" in branches
    branches.pop("", None)
    if not branches:
        return ""
    body = "|".join(_escape(first) + _trie(rests) for first, rests in sorted(branches.items()))
    if optional:
        return f"(?:{body})?"
    return body if len(branches) == 1 else f"(?:{body})"


def _escape(text: str) -> str:
    """Escaped; a space also matches a hyphen or a line break, a slash may stand between spaces."""
    return "".join(r"[\s\-]+" if c == " " else r"\s*/\s*" if c == "/" else regex.escape(c) for c in text)
