"""Thinking and answer apart in a stream that carries `<think>` tags inline. Pure."""

from __future__ import annotations

from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"


@dataclass
class TagSplitter:
    """Feed text as it comes; a tag may be cut anywhere. `thinking` may be set where the server opens the block itself."""

    thinking: bool = False
    _held: str = ""
    _at_start: bool = True

    def feed(self, text: str) -> list[tuple[bool, str]]:
        """Pairs of (is thinking, text)."""
        self._held += text
        result: list[tuple[bool, str]] = []
        if self._at_start:
            lead = self._held.lstrip()
            if not lead or OPEN.startswith(lead):
                return result
            self._at_start = False
            if lead.startswith(OPEN):
                self.thinking, self._held = True, lead[len(OPEN) :].lstrip("\n")
        if self.thinking:
            before, found, after = self._held.partition(CLOSE)
            if not found:
                keep = _overlap(self._held, CLOSE)
                shown, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
                return [(True, shown)] if shown else []
            self.thinking, self._held = False, after
            result += [(True, before)] if before else []
        shown, self._held = self._held, ""
        return [*result, *([(False, shown)] if shown else [])]

    def finish(self) -> list[tuple[bool, str]]:
        shown, self._held = self._held, ""
        return [(self.thinking, shown)] if shown else []


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the start of the tag."""
    return next((n for n in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-n:])), 0)
