"""Splits English, Korean and Chinese text into sentences, and long narrative into units, with exact character spans."""

from __future__ import annotations

from typing import NamedTuple

import regex


class Span(NamedTuple):
    """Half-open range of characters of the source text."""

    start: int
    end: int


UNIT_CHARACTERS = 900
"""A narrative unit holds whole sentences up to about this many characters."""

_ABBREVIATIONS = frozenset(("e.g", "i.e", "vs", "v", "cf", "al", "dr", "prof", "mr", "mrs", "ms", "st", "resp", "viz", "n.b"))
"""A dot after these never ends a sentence."""

_BEFORE_NUMBERS = frozenset(
    "no nr fig figs ref refs approx ca max min vol pp p conc temp wt ht ed o.d b.d t.d.s q.d.s p.o i.v i.m s.c".split()
)
"""A dot after these does not end a sentence where a number follows."""

_BEFORE_NAMES = frozenset(("by", "and", "dr.", "prof.", "from"))
_CLOSERS = "\"'”’)]）」』》"
_TERMINATOR = regex.compile(rf"(?:[.!?…]+|[。！？｡]+)[{regex.escape(_CLOSERS)}]*")
_STARTS = regex.compile(r"[\p{Lu}\p{Lt}\p{Lo}\p{N}\"'“‘(\[（「『《<>≥≤*•\-]|\p{Ll}{1,2}\p{Lu}")
_BREAK = regex.compile(r"\n[ \t]*\n\s*")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of `text[start:end]`, without surrounding space; together they hold every other character."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    begin = start
    for cut in _cuts(text, start, stop):
        _add(spans, text, begin, cut)
        begin = cut
    _add(spans, text, begin, stop)
    return spans


def units(text: str, spans: list[Span], limit: int = UNIT_CHARACTERS) -> list[list[Span]]:
    """Groups neighbouring sentences into units of at most `limit` characters; a longer sentence is cut between words."""
    groups: list[list[Span]] = []
    for span in spans:
        for piece in [span] if span.end - span.start <= limit else _pieces(text, span, limit):
            if groups and piece.end - groups[-1][0].start <= limit:
                groups[-1].append(piece)
            else:
                groups.append([piece])
    return groups


def _cuts(text: str, start: int, stop: int) -> list[int]:
    """Places where one sentence ends, ascending."""
    cuts = {match.end() for match in _BREAK.finditer(text, start, stop)}
    for match in _TERMINATOR.finditer(text, start, stop):
        if match.end() < stop and _ends_sentence(text, match, stop):
            cuts.add(match.end())
    return sorted(cuts)


def _ends_sentence(text: str, match: regex.Match[str], stop: int) -> bool:
    if match[0][0] in "。！？｡":
        return True
    after = match.end()
    following = after
    while following < stop and text[following].isspace():
        following += 1
    if following == stop:
        return True
    if following == after and not (match[0][0] in "!?" and regex.match(r"\p{Lo}", text[after])):
        return False
    if not _STARTS.match(text, following, stop):
        return False
    return match[0] != "." or not _is_abbreviation(text, match.start(), text[following])


def _is_abbreviation(text: str, dot: int, following: str) -> bool:
    begin = dot
    while begin > 0 and (text[begin - 1].isalnum() and text[begin - 1].isascii() or text[begin - 1] == "."):
        begin -= 1
    word = text[begin:dot]
    if len(word) == 1 and word.isupper():
        return _is_initial(text, begin, following)
    if word.isdigit() and begin > 0 and text[begin - 1] == "\n":
        return True  # the number of a list item
    if text[max(begin - 1, 0)] == "/" or (len(word) > 1 and word.isupper()):
        return False  # mL/min, CAP
    return word.casefold() in _ABBREVIATIONS or (following.isdigit() and word.casefold() in _BEFORE_NUMBERS)


def _is_initial(text: str, begin: int, following: str) -> bool:
    """`by J. Smith` but not `vitamin K. Give ...`, `hepatitis B. Start ...` or `Child-Pugh C. Avoid ...`."""
    before = text[:begin].rstrip(" ")[-12:].split(" ")[-1]
    another = len(before) == 2 and before[0].isupper() and before[1] == "."
    return following.isupper() and (before == "" or another or before[-1] in ",;(\n" or before.casefold() in _BEFORE_NAMES)


def _add(spans: list[Span], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        spans.append(Span(begin, end))


def _pieces(text: str, span: Span, limit: int) -> list[Span]:
    """An overlong sentence in pieces, by LangChain's splitter (it keeps start offsets)."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=limit,
        chunk_overlap=0,
        add_start_index=True,
        keep_separator="end",
        separators=["\n", "; ", "；", ", ", "，", "、", " ", ""],
    )
    pieces: list[Span] = []
    for document in splitter.create_documents([text[span.start : span.end]]):
        begin = span.start + int(document.metadata["start_index"])
        pieces.append(Span(begin, begin + len(document.page_content)))
    return pieces
