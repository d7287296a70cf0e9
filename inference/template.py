"""Our chat templates. The one inside a weights file is never read: it is code from a stranger.

The scaffold is ours and trusted; what stands between its marks is tokenised apart, so that a referral that spells
`<｜User｜>` or `</think>` stays text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Protocol

from inference.errors import WeightsUnreadable
from inference.types import Segment


class Tokeniser(Protocol):
    def trusted(self, text: str) -> list[int]: ...

    def untrusted(self, text: str) -> list[int]: ...

    def single(self, text: str) -> int | None: ...


@dataclass(frozen=True)
class Template:
    """`think_open` and `think_close` are empty for a model that does not reason."""

    name: str
    opening: str
    assistant: str
    think_open: str = ""
    think_close: str = ""

    @property
    def thinks(self) -> bool:
        return bool(self.think_close)

    @property
    def label(self) -> str:
        """Name and digest, kept with every run."""
        return f"{self.name}@{hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:12]}"

    def parts(self, segments: tuple[Segment, ...]) -> Iterator[Segment]:
        """The user turn within its scaffold, up to where the model takes over (before any think block)."""
        yield Segment(text=self.opening, trusted=True)
        yield from segments
        yield Segment(text=self.assistant, trusted=True)


TEMPLATES: dict[str, Template] = {
    "r1": Template(
        name="r1",
        opening="<｜begin▁of▁sentence｜><｜User｜>",
        assistant="<｜Assistant｜>",
        think_open="<think>",
        think_close="</think>",
    ),
    "bare": Template(name="bare", opening="<s>", assistant=""),
}
"""`r1`: DeepSeek-R1 and its distillations. `bare`: a plain language model, no turns, no reasoning."""


@dataclass(frozen=True)
class Marks:
    """The template in the tokens of one vocabulary."""

    thinks: bool
    think_open: tuple[int, ...]
    """`<think>` and a line feed: reasoning is always forced open."""
    think_close: int
    empty_block: tuple[int, ...]
    """The whole closed block that stands where reasoning is off, with what follows it."""
    after_think: tuple[int, ...]
    """The blank line between the think block and the answer."""
    line: tuple[int, ...]


def marks(template: Template, tokeniser: Tokeniser) -> Marks:
    """Refuses a vocabulary in which a mark of the template is not one token: it would be text like any other."""
    tags = re.findall(r"<[^<>]+>", template.opening + template.assistant + template.think_open + template.think_close)
    for tag in tags:
        if tokeniser.single(tag) is None:
            raise WeightsUnreadable("this model", f"its vocabulary has no single token {tag}, which template {template.name} needs")
    if not template.thinks:
        return Marks(False, (), -1, (), (), ())
    return Marks(
        thinks=True,
        think_open=tuple(tokeniser.trusted(f"{template.think_open}\n")),
        think_close=tokeniser.trusted(template.think_close)[0],
        empty_block=tuple(tokeniser.trusted(f"{template.think_open}\n\n{template.think_close}\n\n")),
        after_think=tuple(tokeniser.trusted("\n\n")),
        line=tuple(tokeniser.trusted("\n")),
    )


def encode(template: Template, tokeniser: Tokeniser, segments: tuple[Segment, ...]) -> list[int]:
    """The prompt's tokens. Neighbouring segments of equal trust are one text, as they would be read."""
    tokens: list[int] = []
    for text, trusted in _joined(template.parts(segments)):
        tokens += tokeniser.trusted(text) if trusted else tokeniser.untrusted(text)
    return tokens


def _joined(parts: Iterator[Segment]) -> Iterator[tuple[str, bool]]:
    for trusted, alike in groupby(parts, key=lambda part: part.trusted):
        if text := "".join(part.text for part in alike):
            yield text, trusted


TAG = re.compile(r"<(?=[|｜/]|think\b|/?s>|unk>|tool|im_)|\[(?=/?INST\])", re.IGNORECASE)


def neutralise(text: str) -> str:
    """Foreign text for a server whose tokeniser we do not hold: every spelled control token is broken by a space.

    Weaker than tokenising apart, and it changes the text; the host needs none of it.
    """
    return TAG.sub(lambda found: found.group() + " ", text)
