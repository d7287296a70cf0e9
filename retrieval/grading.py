"""Recognises recommendations by their words: GRADE, ACC/AHA and ESC classes, CDC categories, in English, Korean and Chinese. Pure.

Strength of a class: I and III (do not) are strong, IIa and IIb conditional. Certainty of a level: A high, B moderate, C low; C-EO and
GRADE's D very low. CDC: category A strong, B conditional; evidence types 1 to 4 high to very low (its 2022 guideline, box on grading).
"""

from __future__ import annotations

from typing import NamedTuple

import regex

from retrieval.types import Certainty, Strength


class Grade(NamedTuple):
    """What a recommendation says of itself; `start` is where its own words begin, after number and grade."""

    label: str
    strength: Strength
    certainty: Certainty
    start: int
    explicit: bool
    """By a label or a grade, not by a verb alone."""


_I = regex.IGNORECASE
_LABEL = regex.compile(
    r"\s*\**(?:(?P<word>recommendations?|statement|practice point|key recommendation|권고(?:안|사항)?|추천|推荐意见|推荐|建议)\s*"
    r"(?:no\.?\s*)?(?P<number>[A-Z]?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?)(?=[.:：)\s–—*]|$)|(?P<short>R\d{1,3}(?:\.\d{1,2})?))\**[.:：)\s–—-]*",
    _I,
)
_NUMBERED = regex.compile(r"\s*\(?(?P<number>\d{1,3}(?:\.\d{1,3}){0,3})[.)]?\s+(?=\S)")
_MARKDOWN_GRADE = regex.compile(r"\s*\((strong|conditional|good practice), ?(high|moderate|low|very low|ungraded)\)\s*")

_STRENGTHS: tuple[tuple[str, Strength], ...] = (
    (
        r"good[ -]practice (?:point|statement)|best practice statement|\bGPP\b|ungraded good practice|良好实践|임상적 ?권고",
        Strength.GOOD_PRACTICE,
    ),
    (r"strong(?:ly)?(?: recommendation| for| against)?\b|강한 권고|강하게 권고|强推荐|强烈推荐|强烈建议", Strength.STRONG),
    (r"(?:conditional|weak|discretionary)(?:ly)?(?: recommendation)?\b|조건부 권고|약한 권고|弱推荐|有条件推荐", Strength.CONDITIONAL),
    (r"(?:class|COR|classe|클래스|등급|类)(?: of recommendation)?[ :]*(?:III|3)(?![\dIVab])", Strength.STRONG),
    (r"(?:class|COR|classe|클래스|등급|类)(?: of recommendation)?[ :]*(?:II|2) ?[ab]\b", Strength.CONDITIONAL),
    (r"(?:class|COR|classe|클래스|등급|类)(?: of recommendation)?[ :]*(?:I|1)(?![\dIVab])|\b(?:I|Ⅰ)类", Strength.STRONG),
    (r"category[ :]*A\b|\b(?:grade|권고등급|推荐等级)[ :]*1(?![\d])|(?<=[(\[])1[A-D](?=[)\]])", Strength.STRONG),
    (r"category[ :]*B\b|\b(?:grade|권고등급|推荐等级)[ :]*2(?![\d])|(?<=[(\[])2[A-D](?=[)\]])", Strength.CONDITIONAL),
)
_CERTAIN = r"(?:[- ](?:certainty|quality|level|confidence)| (?:certainty|quality)(?: of)? evidence| evidence)"
_CERTAINTIES: tuple[tuple[str, Certainty], ...] = (
    (
        rf"very[- ]low{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*very low|근거수준[: ]*매우 낮음|极低质量",
        Certainty.VERY_LOW,
    ),
    (rf"\blow{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*low|근거수준[: ]*낮음|低质量", Certainty.LOW),
    (
        rf"moderate{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*moderate|근거수준[: ]*(?:중등도|보통)|中等质量|中质量",
        Certainty.MODERATE,
    ),
    (rf"high{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*high|근거수준[: ]*높음|高质量", Certainty.HIGH),
    (
        r"(?:level|LOE|근거수준|证据等级|证据级别)(?: of evidence)?[ :]*C-?EO|(?:grade|type|evidence type)[ :]*4(?!\d)|(?<=[(\[])[12]D(?=[)\]])",
        Certainty.VERY_LOW,
    ),
    (
        r"(?:level|LOE|근거수준|证据等级|证据级别)(?: of evidence)?[ :]*C(?:-?LD)?\b|evidence type[ :]*3(?!\d)|(?<=[(\[])[12]C(?=[)\]])|\bgrade [12]C\b",
        Certainty.LOW,
    ),
    (
        r"(?:level|LOE|근거수준|证据等级|证据级别)(?: of evidence)?[ :]*B(?:-?N?R)?\b|evidence type[ :]*2(?!\d)|(?<=[(\[])[12]B(?=[)\]])|\bgrade [12]B\b",
        Certainty.MODERATE,
    ),
    (
        r"(?:level|LOE|근거수준|证据等级|证据级别)(?: of evidence)?[ :]*A\b|evidence type[ :]*1(?!\d)|(?<=[(\[])[12]A(?=[)\]])|\bgrade [12]A\b",
        Certainty.HIGH,
    ),
)
_WORDING: tuple[tuple[str, Strength], ...] = (
    (
        r"\b(?:we|the (?:panel|committee|task force|guideline (?:panel|group|development group))) (?:strongly )?recommends?\b",
        Strength.STRONG,
    ),
    (
        r"\b(?:we|the (?:panel|committee|task force|guideline (?:panel|group|development group))) (?:conditionally )?(?:suggests?|recommends? considering)\b",
        Strength.CONDITIONAL,
    ),
    (r"(?:강력히|강하게) (?:권고|추천)한다|권고한다|권장한다|추천한다", Strength.STRONG),
    (r"제안한다|고려할 수 있다|고려한다", Strength.CONDITIONAL),
)
_MILD: tuple[tuple[str, Strength], ...] = (
    (
        r"\b(?:is|are) (?:strongly )?(?:not )?recommended\b|\bmust\b|\bshould\b|^(?:offer|do not|never|always|use|give|start|stop|avoid|refer|measure|prescribe|assess|test|treat|monitor)\b|推荐|应(?:当|该)?|不应|禁止",
        Strength.STRONG,
    ),
    (
        r"\b(?:is|are) suggested\b|\b(?:may|can|could|might) be (?:considered|used|offered|reasonable)\b|\bis reasonable\b|^consider\b|可考虑|建议|宜",
        Strength.CONDITIONAL,
    ),
)
_BRACKET = regex.compile(r"[(\[（【]([^()\[\]（）【】]{1,120})[)\]）】]")
_TITLE = regex.compile(r"recommendations\b|recommendation(?!s|\s*#?\d)|권고|추천|推荐", _I)


def graded(text: str, section: tuple[str, ...] = (), item: bool = False) -> Grade | None:
    """The grade of a block that is a recommendation, or None. In a section titled so, items and numbered paragraphs are taken too."""
    label, start = _label(text)
    if label and (found := _MARKDOWN_GRADE.match(text, start)):
        return Grade(label, Strength(found[1]), Certainty(found[2]), found.end(), True)
    strength, certainty = _named(text)
    number = _NUMBERED.match(text)
    begin = number.end() if number else 0
    if label:
        return Grade(label, strength, certainty, start, True)
    if strength is not Strength.UNGRADED:
        return Grade(number["number"] if number else "", strength, certainty, begin, True)
    first = regex.split(r"(?<=[.。!?])\s|。", text[begin:], maxsplit=1)[0]
    if found_strength := _search(_WORDING, first):
        return Grade(number["number"] if number else "", found_strength, certainty, begin, False)
    titled = any(_TITLE.search(one) for one in section[-2:])
    if titled and (item or number or _search(_MILD, first)) and (mild := _search(_MILD, first)):
        return Grade(
            number["number"] if number else "", mild if certainty is not Certainty.UNGRADED else Strength.UNGRADED, certainty, begin, False
        )
    return None


def is_grade(text: str) -> bool:
    """Whether a sentence says nothing but a grade: `(strong recommendation, low-certainty evidence)`."""
    bracket = _BRACKET.fullmatch(text.strip(" .。"))
    return bool(bracket) and _named(text) != (Strength.UNGRADED, Certainty.UNGRADED)


def strength_of(cell: str) -> Strength:
    """The strength that a cell under `Class` or `Strength` names."""
    return (
        _search(_STRENGTHS, cell) or _search(_STRENGTHS, "class " + cell) or _CELL_STRENGTHS.get(cell.strip().casefold(), Strength.UNGRADED)
    )


def certainty_of(cell: str) -> Certainty:
    """The certainty that a cell under `Level` or `Certainty` names."""
    return _certain(cell) or _certain("level " + cell) or _certain("certainty " + cell) or Certainty.UNGRADED


_CELL_STRENGTHS = {"weak": Strength.CONDITIONAL, "a": Strength.STRONG, "b": Strength.CONDITIONAL, "강함": Strength.STRONG, "약함": Strength.CONDITIONAL, "强": Strength.STRONG, "弱": Strength.CONDITIONAL}  # fmt: skip


def _label(text: str) -> tuple[str, int]:
    found = _LABEL.match(text)
    if not found or found.end() == len(text):
        return "", 0
    if found["short"]:
        return found["short"], found.end()
    return found["number"], found.end()


def _named(text: str) -> tuple[Strength, Certainty]:
    """Grades in brackets anywhere, or in the last 120 characters."""
    places = [found[0] for found in _BRACKET.finditer(text)] + [_tail(text)]
    strengths = (_search(_STRENGTHS, place) for place in places)
    certainties = (_certain(place) for place in places)
    return next(filter(None, strengths), Strength.UNGRADED), next(filter(None, certainties), Certainty.UNGRADED)


def _tail(text: str) -> str:
    """A closing grade without brackets: `Strong recommendation, low-certainty evidence.`"""
    last = regex.split(r"(?<=[.。;；])\s*", text.rstrip(" .。"))[-1]
    return (
        last
        if len(last) <= 120
        and regex.match(r"(?:strong|conditional|weak|class|COR|grade|level|category|강한|약한|권고|强|弱|推荐)", last, _I)
        else ""
    )


def _search(table: tuple[tuple[str, Strength], ...], text: str) -> Strength | None:
    return next((strength for pattern, strength in table if regex.search(pattern, text, _I)), None)


def _certain(text: str) -> Certainty | None:
    return next((certainty for pattern, certainty in _CERTAINTIES if regex.search(pattern, text, _I)), None)
