"""A claim beside the passage that carries it, with the cited sentence marked in its context."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clinic.reasoning.claims import Citation, Claim
from clinic.reasoning.evidence import Evidence, Exhibit
from clinic.reasoning.facts import Side
from clinic.reasoning.questions import QuestionAtIssue
from retrieval.types import Certainty, Passage, Strength

BESIDE = 1
"""Sentences of context shown before and after a cited one; the rest is a click away."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a passage; `cited` ones are marked. `cut` stands for what is left out."""

    text: str
    cited: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    """One passage as quoted for a claim."""

    exhibit: Exhibit
    parts: tuple[Part, ...]
    ids: tuple[str, ...]
    """The cited sentences: E2.3."""
    start: int
    end: int
    """Span of the first cited sentence in the source's text."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim with what it is quoted from."""

    claim: Claim
    quotes: tuple[Quoted, ...]

    @property
    def favours(self) -> Side:
        return self.claim.favours


@dataclass(frozen=True, slots=True)
class Issue:
    """One row of the questions at issue: what each plan does, what speaks for each, and the best grade among it."""

    question: QuestionAtIssue
    for_x: tuple[Exhibit, ...]
    for_y: tuple[Exhibit, ...]
    grade: tuple[str, str]
    """Strength and certainty in words; empty if nothing was cited."""


def shown(claim: Claim, evidence: Evidence) -> Shown:
    """The claim with its passages, each once, in the order cited."""
    by_number: dict[int, list[Citation]] = {}
    for citation in claim.citations:
        if found := evidence.find(citation.sentence_id):
            by_number.setdefault(found[0].number, []).append(citation)
    return Shown(claim, tuple(_quoted(evidence, citations) for citations in by_number.values()))


def _quoted(evidence: Evidence, citations: list[Citation]) -> Quoted:
    found = evidence.find(citations[0].sentence_id)
    assert found is not None
    exhibit, first = found
    places = {int(c.sentence_id.partition(".")[2]) - 1 for c in citations}
    return Quoted(exhibit, context(exhibit.passage, places), tuple(c.sentence_id for c in citations), first.start, first.end)


def context(passage: Passage, places: Iterable[int], beside: int = BESIDE) -> tuple[Part, ...]:
    """The sentences at `places` marked, with their neighbours; gaps are cut."""
    cited = set(places)
    near = {n for place in cited for n in range(place - beside, place + beside + 1)}
    parts: list[Part] = []
    for n, sentence in enumerate(passage.sentences):
        if n in near:
            parts.append(Part(sentence.text, cited=n in cited))
        elif not parts or not parts[-1].cut:
            parts.append(Part("", cut=True))
    return tuple(parts)


def issues(
    questions: Iterable[QuestionAtIssue], claims: Iterable[Claim], evidence: Evidence, drugs_in: Callable[[str], set[str]]
) -> tuple[Issue, ...]:
    """Each question with the exhibits that checked claims cite for either plan."""
    questions, claims = list(questions), list(claims)
    return tuple(_issue(q, [c for c in claims if len(questions) == 1 or _about(c, q, drugs_in)], evidence) for q in questions)


def _about(claim: Claim, question: QuestionAtIssue, drugs_in: Callable[[str], set[str]]) -> bool:
    """Whether a claim is about the question: by its id, else by the drugs or, without drugs, the words they share."""
    if claim.question:
        return claim.question == question.id
    text = f"{question.text} {question.x} {question.y}"
    named = drugs_in(text)
    said = claim.text + " " + " ".join(c.quote for c in claim.citations)
    return bool(named & drugs_in(said)) if named else len(_words(text) & _words(said)) >= 2


def _words(text: str) -> set[str]:
    return {word for word in text.casefold().replace(",", " ").replace(".", " ").split() if len(word) > 4}


def _issue(question: QuestionAtIssue, claims: list[Claim], evidence: Evidence) -> Issue:
    sides: dict[Side, dict[int, Exhibit]] = {Side.X: {}, Side.Y: {}}
    for claim in claims:
        for citation in claim.citations:
            if found := evidence.find(citation.sentence_id):
                sides[claim.favours][found[0].number] = found[0]
    for_x, for_y = (tuple(sides[side][n] for n in sorted(sides[side])) for side in (Side.X, Side.Y))
    return Issue(question, for_x, for_y, grade([e.passage for e in (*for_x, *for_y)]))


def grade(passages: Iterable[Passage]) -> tuple[str, str]:
    """The best strength, and the best certainty at that strength."""
    strengths, certainties = list(Strength), list(Certainty)
    best = min(passages, key=lambda p: (strengths.index(p.strength), certainties.index(p.certainty)), default=None)
    return ("", "") if best is None else (str(best.strength), str(best.certainty))
