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
LONGEST = 2500
"""Characters; a longer block is running text in which recommendations may stand, and no grade in it is that of the whole."""
_SCHEME = regex.compile(
    r"(?:the |these )?(?:definitions?|levels?|grades?|strengths?|ratings?|quality|class(?:es|ification)?|evidence|certainty)\b.{0,250}?"
    r"\b(?:are|is) (?:defined|provided|given|listed|explained|described|presented|found)\b",
    _I | regex.DOTALL,
)
"""A sentence about the grades that a source uses names them all and bears none."""
_LABEL = regex.compile(
    r"\s*\**(?:(?P<word>recommendations?|statement|practice point|key recommendation|권고(?:안|사항)?|추천|推荐意见|推荐|建议)\s*"
    r"(?:no\.?\s*)?(?P<number>[A-Z]?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?)(?=[.:：)\s–—*]|$)|(?P<short>R\d{1,3}(?:\.\d{1,2})?))\**[.:：)\s–—-]*",
    _I,
)
_NUMBERED = regex.compile(r"\s*\(?(?P<number>\d{1,3}(?:\.\d{1,3}){0,3})[.)]?\s+(?=\S)")
_MARKDOWN_GRADE = regex.compile(r"\s*\((strong|conditional|good practice), ?(high|moderate|low|very low|ungraded)\)\s*")

_STRENGTH_IS = r"(?:(?:권고|추천) ?(?:강도|수준|등급)|推荐(?:强度|等级|级别))[ :：]*"
_NO_OTHER = r"(?<!(?:NYHA|WHO|CCS|ASA|FDA|Killip|Mallampati|functional|pregnancy|risk|weight|drug)[ -])"
"""Classes and categories of illness, risk or drugs are no grades."""
_CLASS = rf"{_NO_OTHER}(?:class|COR|classe|클래스|등급|类)(?: of recommendation)?[ :：]*"
_GRADES_ALONE = r"(?![\p{Latin}\p{N}抗药]|[ -]?(?:anti|drug|agent|obes|heart|symptom|patient|disease|약물|항))"
"""Not `class IC`, `class III antiarrhythmic`, `I类抗心律失常药`."""

_STRENGTHS: tuple[tuple[str, Strength], ...] = (
    (
        r"good[ -]practice (?:point|statement)|best practice statement|\bGPP\b|ungraded good practice|良好实践|임상적 ?권고",
        Strength.GOOD_PRACTICE,
    ),
    (
        rf"strong(?:ly)?(?: recommendation| for| against)?\b|강한 ?권고|강하게 ?권고|{_STRENGTH_IS}강|强推荐|强烈推荐|强烈建议|{_STRENGTH_IS}强",
        Strength.STRONG,
    ),
    (
        rf"(?:conditional|weak|discretionary)(?:ly)?(?: recommendation)?\b|조건부 ?권고|약한 ?권고|{_STRENGTH_IS}(?:약|조건부)"
        rf"|弱推荐|条件(?:性)?推荐|{_STRENGTH_IS}(?:弱|有?条件)",
        Strength.CONDITIONAL,
    ),
    (rf"{_CLASS}(?:III|3){_GRADES_ALONE}|\bIII类{_GRADES_ALONE}", Strength.STRONG),
    (rf"{_CLASS}(?:II|2) ?[ab]{_GRADES_ALONE}|\bII ?[ab]类{_GRADES_ALONE}", Strength.CONDITIONAL),
    (rf"{_CLASS}(?:I|1){_GRADES_ALONE}|\bI类{_GRADES_ALONE}", Strength.STRONG),
    (rf"{_NO_OTHER}category[ :]*A\b|(?:\bgrade[ :]*|{_STRENGTH_IS})1(?!\d)|(?<=[(\[（【])1[A-D](?=[)\]）】])", Strength.STRONG),
    (rf"{_NO_OTHER}category[ :]*B\b|(?:\bgrade[ :]*|{_STRENGTH_IS})2(?!\d)|(?<=[(\[（【])2[A-D](?=[)\]）】])", Strength.CONDITIONAL),
)
_CERTAIN = r"(?:[- ](?:certainty|quality|level|confidence)| (?:certainty|quality)(?: of)? evidence| evidence)"
_LEVEL = r"(?:level|LOE|근거 ?수준|证据(?:等级|级别|水平))(?: of evidence)?[ :：]*"
_QUALITY = r"(?:근거 ?(?:수준|의 ?질|의 ?확실성)|证据(?:质量|确定性|等级|级别|水平))[ :：]*"

_CERTAINTIES: tuple[tuple[str, Certainty], ...] = (
    (
        rf"very[- ]low{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*very low|{_QUALITY}(?:매우 ?낮음|极低)|매우 ?낮은 근거|极低(?:等)?(?:质量|确定性)",
        Certainty.VERY_LOW,
    ),
    (
        rf"\blow{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*low"
        rf"|{_QUALITY}(?:낮음|低)|낮은 근거|低(?:等)?(?:质量|确定性)",
        Certainty.LOW,
    ),
    (
        rf"moderate{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*moderate"
        rf"|{_QUALITY}(?:중등도|중간|보통|中)|중등도(?:의)? 근거|中(?:等|度)?(?:质量|确定性)",
        Certainty.MODERATE,
    ),
    (
        rf"high{_CERTAIN}|(?:certainty|quality|confidence)(?: of(?: the)? evidence)?[ :=]*high"
        rf"|{_QUALITY}(?:높음|高)|높은 근거|高(?:等)?(?:质量|确定性)",
        Certainty.HIGH,
    ),
    (
        rf"{_LEVEL}C-?EO|(?:grade|type|evidence type)[ :]*4(?!\d)|(?<=[(\[（【])[12]D(?=[)\]）】])",
        Certainty.VERY_LOW,
    ),
    (
        rf"{_LEVEL}C(?:-?LD)?\b|\bC级|evidence type[ :]*3(?!\d)|(?<=[(\[（【])[12]C(?=[)\]）】])|\bgrade [12]C\b",
        Certainty.LOW,
    ),
    (
        rf"{_LEVEL}B(?:-?N?R)?\b|\bB级|evidence type[ :]*2(?!\d)|(?<=[(\[（【])[12]B(?=[)\]）】])|\bgrade [12]B\b",
        Certainty.MODERATE,
    ),
    (
        rf"{_LEVEL}A\b|\bA级|evidence type[ :]*1(?!\d)|(?<=[(\[（【])[12]A(?=[)\]）】])|\bgrade [12]A\b",
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
        r"\b(?:is|are) (?:strongly )?(?:not )?recommended\b|\bmust\b|\bshould\b|^(?:offer|do not|never|always|use|give|start|stop|avoid|refer|measure|prescribe|assess|test|treat|monitor|check|ensure|perform|obtain|admit|advise|inform|discuss|review|repeat|reduce|increase|switch|add|continue|discontinue|withhold|administer|arrange|screen|counsel|provide|titrate|vaccinate|observe|exclude)\b|推荐|应(?:当|该)?|不应|禁止",
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
    if len(text) > LONGEST or _SCHEME.match(text):
        return None
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


class Badge(NamedTuple):
    """A label and a grade that stand alone before the words they belong to."""

    label: str
    strength: Strength
    certainty: Certainty


def badge(text: str) -> Badge | None:
    """`Recommendation 4`, `Strong  Moderate`, `Recommendation 4: COR I, LOE A`: a block without words of its own, or None."""
    bare = text.strip()
    label, start = _label(bare + " x")
    rest = bare[start:].strip(" .:：,;|/–—()[]-")
    if not (label or rest) or (rest and not _BADGES.fullmatch(rest)):
        return None
    cells = [one for one in _BETWEEN.split(rest) if one]
    named = [_named(f"({cell})") for cell in cells]  # `1A` is a grade in brackets only
    strengths = [one for cell, (own, _) in zip(cells, named, strict=True) for one in (strength_of(cell), own) if one is not Strength.UNGRADED]
    certainties = [one for cell, (_, own) in zip(cells, named, strict=True) for one in (_BARE.get(cell.casefold(), own),) if one is not Certainty.UNGRADED]
    return Badge(label, strengths[0] if strengths else Strength.UNGRADED, certainties[0] if certainties else Certainty.UNGRADED)


_BARE = {"high": Certainty.HIGH, "moderate": Certainty.MODERATE, "low": Certainty.LOW, "very low": Certainty.VERY_LOW}
_ONE_BADGE = (
    r"(?:(?:strong|weak|conditional)(?: recommendation)?|good practice (?:point|statement)|(?:very low|low|moderate|high)(?:[ -](?:certainty|quality))?"
    r"(?: (?:of )?evidence)?|(?:class|COR)[ :]*(?:I{1,3}|[123])[ab]?|(?:level|LOE)[ :]*[ABC](?:-(?:R|NR|LD|EO))?|(?:grade )?[12][A-D])"
)
_BETWEEN = regex.compile(rf"(?<=\b{_ONE_BADGE})[\s,;|/()–—-]+", _I)
_BADGES = regex.compile(rf"{_ONE_BADGE}(?:[\s,;|/()–—-]+{_ONE_BADGE}){{0,3}}", _I)


def strength_of(cell: str) -> Strength:
    """The strength that a cell under `Class` or `Strength` names."""
    found = (_search(_STRENGTHS, lead + cell) for lead in ("", "class ", "권고강도 ", "推荐强度 "))
    return next(filter(None, found), None) or _CELL_STRENGTHS.get(cell.strip().casefold(), Strength.UNGRADED)


def certainty_of(cell: str) -> Certainty:
    """The certainty that a cell under `Level` or `Certainty` names."""
    found = (_certain(lead + cell) for lead in ("", "level ", "certainty ", "근거수준 ", "证据质量 "))
    return next(filter(None, found), Certainty.UNGRADED)


_CELL_STRENGTHS = {"weak": Strength.CONDITIONAL, "a": Strength.STRONG, "b": Strength.CONDITIONAL}


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
