"""Quotes in their context, grades, and which evidence belongs to which question."""

from __future__ import annotations

from clinic.disagreements.citing import Part, context, grade, issues, shown
from clinic.reasoning.claims import Claim
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Side
from clinic.reasoning.questions import QuestionAtIssue
from retrieval.types import Certainty, Strength
from tests.disagreements.builders import cited
from tests.reasoning.builders import passage

FIVE = passage("One.", "Two.", "Three.", "Four.", "Five.")


def test_cited_sentence_is_marked_between_its_neighbours() -> None:
    cut = Part("", cut=True)
    assert context(FIVE, [2]) == (cut, Part("Two."), Part("Three.", cited=True), Part("Four."), cut)


def test_far_sentences_are_cut_once() -> None:
    assert [p.cut for p in context(FIVE, [0], beside=0)] == [False, True]


def test_whole_passage_needs_no_cut() -> None:
    assert not any(p.cut for p in context(passage("One.", "Two."), [0]))


def test_one_passage_cited_twice_is_quoted_once() -> None:
    evidence = Evidence.of([FIVE])
    claim = Claim(side=Side.X, direction="for", text="So.", citations=(cited(evidence, "E1.1"), cited(evidence, "E1.3")))
    (quote,) = shown(claim, evidence).quotes
    assert [p.text for p in quote.parts if p.cited] == ["One.", "Three."] and quote.ids == ("E1.1", "E1.3")


def test_citation_of_nothing_is_passed_over() -> None:
    claim = Claim(side=Side.X, direction="for", text="So.", citations=(cited(Evidence.of([FIVE]), "E1.1"),))
    assert shown(claim, Evidence()).quotes == ()


def test_best_strength_then_best_certainty() -> None:
    weak = passage("a", strength=Strength.CONDITIONAL, certainty=Certainty.HIGH)
    strong = passage("b", strength=Strength.STRONG, certainty=Certainty.LOW)
    better = passage("c", strength=Strength.STRONG, certainty=Certainty.MODERATE)
    assert grade([weak, strong, better]) == ("strong", "moderate")
    assert grade([]) == ("", "")


def test_evidence_goes_to_the_question_whose_drug_it_names() -> None:
    evidence = Evidence.of([passage("Give apixaban."), passage("Give metformin.")])
    claims = [
        Claim(side=Side.X, direction="for", text="apixaban", citations=(cited(evidence, "E1.1"),)),
        Claim(side=Side.Y, direction="against", text="metformin", citations=(cited(evidence, "E2.1"),)),
    ]
    questions = [
        QuestionAtIssue(id="Q1", topic="drug", text="apixaban or warfarin?", x="start apixaban", y="start warfarin"),
        QuestionAtIssue(id="Q2", topic="drug", text="Whether to include metformin", x="start metformin", y=""),
    ]

    def drugs_in(text: str) -> set[str]:
        return {name for name in ("apixaban", "warfarin", "metformin") if name in text}

    first, second = issues(questions, claims, evidence, drugs_in)
    assert [e.id for e in first.for_x] == ["E1"] and first.for_y == ()
    assert [e.id for e in second.for_x] == ["E2"] and second.for_y == ()
