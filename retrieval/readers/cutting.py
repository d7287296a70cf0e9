"""Cuts a region of source text into sentences without their reference keys; shared by the readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import regex

from retrieval.document import Meta, passage, shown
from retrieval.splitting import Span, sentences, units
from retrieval.types import Passage, Sentence, UnitKind

_KEY = regex.compile(r"\[([\p{L}\p{N}][\p{L}\p{N}._:-]*)\]")
_LOOKS_LIKE_KEY = regex.compile(r"\p{Ll}[\p{Ll}\p{N}]*(?:-[\p{Ll}\p{N}]+)+$")


def keys_in(raw: str, references: Mapping[str, str]) -> list[str]:
    """Reference keys in the text, in order, once each."""
    return list(dict.fromkeys(found[1] for found in _KEY.finditer(raw) if found[1] in references))


def unknown_key(raw: str, references: Mapping[str, str]) -> str:
    """The first bracket that looks like a reference key and is none, or an empty string."""
    for found in _KEY.finditer(raw):
        if found[1] not in references and _LOOKS_LIKE_KEY.match(found[1]):
            return str(found[1])
    return ""


def resolve(keys: list[str], references: Mapping[str, str]) -> str:
    """Published sources as the front matter words them."""
    return "; ".join(references[key] for key in keys)


def cut(text: str, start: int, end: int, references: Mapping[str, str]) -> list[Span]:
    """Sentence spans of a region; reference keys at either end of a sentence are outside its span."""
    spans = []
    for span in sentences(text, start, end):
        span = _without_keys(text, span, references)
        if span.start < span.end:
            spans.append(span)
    return spans


def sentence(text: str, span: Span, references: Mapping[str, str]) -> Sentence:
    """A span as a Sentence: what readers see, and where it stands."""
    return Sentence(text=shown(text[span.start : span.end], set(references)), start=span.start, end=span.end)


def narrative(meta: Meta, text: str, start: int, end: int, section: tuple[str, ...], kind: UnitKind, **more: Any) -> list[Passage]:
    """Passages of one paragraph, each of whole sentences."""
    made = []
    whole = keys_in(text[start:end], meta.references)
    for group in units(text, cut(text, start, end, meta.references)):
        found = [sentence(text, span, meta.references) for span in group]
        own = keys_in(text[group[0].start : _reach(text, group[-1].end, end)], meta.references) or whole
        made.append(make(meta, kind, section, found, reference=resolve(own, meta.references), **more))
    return made


def referred(one: Passage, reference: str) -> Passage:
    """The same passage with a published source."""
    return passage(**{name: getattr(one, name) for name in Passage.model_fields if name != "id"} | {"reference": reference})


def tables_referred(passages: Sequence[Passage]) -> list[Passage]:
    """A table without a reference of its own has that of the paragraph after it, or before it, in its section."""
    made = list(passages)
    for index, one in enumerate(made):
        if one.kind is UnitKind.TABLE and not one.reference:
            beside = (*made[index + 1 : index + 2], *reversed(made[:index]))
            found = next((other.reference for other in beside if other.section == one.section and other.reference), "")
            made[index] = referred(one, found) if found else one
    return made


def make(meta: Meta, kind: UnitKind, section: tuple[str, ...], found: list[Sentence], *, joint: str = " ", **more: Any) -> Passage:
    """A Passage of one source from its sentences."""
    return passage(
        source=meta.id,
        version=meta.version,
        organisation=meta.organisation,
        title=meta.title,
        effective=meta.effective,
        language=meta.language,
        section=section,
        kind=kind,
        text=joint.join(one.text for one in found),
        sentences=tuple(found),
        start=found[0].start,
        end=found[-1].end,
        conditions=meta.conditions,
        translation_of=meta.translation_of,
        **more,
    )


def _reach(text: str, end: int, limit: int) -> int:
    """End of the keys and marks that follow a sentence."""
    after = regex.compile(r"(?:[\s.。,;]*\[[^\]\s]+\])*").match(text, end, limit)
    return after.end() if after else end


def _without_keys(text: str, span: Span, references: Mapping[str, str]) -> Span:
    start, end = span
    while (found := _KEY.match(text, start, end)) and found[1] in references:
        start = found.end()
        while start < end and (text[start].isspace() or text[start] in ".。,;"):
            start += 1
    while True:
        tail = regex.search(r"\s*\[([^\[\]\s]+)\][\s.。,;]*$", text[start:end])
        if not tail or tail[1] not in references:
            return Span(start, end)
        end = start + tail.start()
