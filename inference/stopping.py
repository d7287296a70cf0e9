"""Ends a stream of text before the first stop word, also where the word comes in pieces. Pure."""

from __future__ import annotations

from collections.abc import Sequence


class Stopper:
    """Gives on what certainly stands before any stop word, and keeps back what could be the beginning of one."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word for word in words if word]
        self._kept = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """What may be shown now."""
        if self.stopped:
            return ""
        self._kept += text
        found = [place for word in self._words if (place := self._kept.find(word)) >= 0]
        if found:
            self.stopped, shown, self._kept = True, self._kept[: min(found)], ""
            return shown
        held = max((size for word in self._words for size in range(1, len(word)) if self._kept.endswith(word[:size])), default=0)
        cut = len(self._kept) - held
        shown, self._kept = self._kept[:cut], self._kept[cut:]
        return shown

    def rest(self) -> str:
        """What was kept back, once no more can come."""
        shown, self._kept = self._kept, ""
        return shown
