"""The second reader withholds what a recommendation plainly contradicts or none plainly carries; it never advises."""

from __future__ import annotations

import pytest

from clinic.reasoning.arbitration import second_reader
from clinic.reasoning.arbitration.second_reader import Reading
from clinic.reasoning.checks import citation
from clinic.reasoning.claims import Claim
from clinic.reasoning.facts import Dispute, Side
from clinic.reasoning.outcome import Outcome
from clinic.reasoning.safety import Caution
from models import dialect
from retrieval.types import Passage, Severity, Strength, UnitKind
from tests.reasoning.builders import Book, Terms, case, dispute, drug, evidence, item, passage, plan

BOOK = Book(drug("apixaban", "direct oral anticoagulant"), drug("warfarin", "vitamin K antagonist"), drug("heparin"))
TERMS = Terms("atrial fibrillation", "mechanical heart valve", "pregnancy")
DISPUTE = dispute(plan(item("apixaban")), plan(item("warfarin")), case("atrial fibrillation"))


def readings(*passages: Passage, of: Dispute = DISPUTE) -> tuple[Reading, ...]:
    return second_reader.readings(of, evidence(*passages), BOOK, TERMS, dialect)


def high(side: Side) -> Caution:
    return Caution(code="allergy", severity=Severity.HIGH, plan=side, drugs=("apixaban",), text="t")


OFFER_X = passage("Offer apixaban in atrial fibrillation.")
WEAK_X = passage("Consider apixaban in atrial fibrillation.", strength=Strength.CONDITIONAL)
OFFER_Y = passage("Offer warfarin in atrial fibrillation.")
CLASS_X = passage("Offer a direct oral anticoagulant in atrial fibrillation.")
BAR_X = passage("Do not use apixaban in atrial fibrillation.")
BAR_Y = passage("Warfarin should not be used in atrial fibrillation.")
RATHER = passage("Offer apixaban rather than warfarin in atrial fibrillation.")
EITHER = passage("Offer apixaban or warfarin in atrial fibrillation.")
ELSEWHERE = passage("Do not use apixaban in people with a mechanical heart valve.")
TRIAL = passage("Offer warfarin in atrial fibrillation.", kind=UnitKind.NARRATIVE)
KOREAN = passage("심방세동에는 와파린을 쓴다.", language="ko")


def test_it_works() -> None:
    (found,) = readings(RATHER)
    assert (found.sentence, found.level, found.says.over) == ("E1.1", second_reader.STRONG, Side.X)


@pytest.mark.parametrize(
    "unread", [ELSEWHERE, TRIAL, KOREAN, passage("Offer heparin in atrial fibrillation.")], ids=["others", "trial", "Korean", "neither"]
)
def test_what_has_no_say(unread: Passage) -> None:
    assert readings(unread) == ()


@pytest.mark.parametrize(
    ("lead", "passages", "cautions", "contradicted", "carried"),
    [
        ("supports_x", (OFFER_X,), (), False, True),
        ("supports_x", (CLASS_X,), (), False, True),
        ("supports_x", (RATHER, OFFER_Y), (), False, True),
        ("supports_x", (BAR_Y,), (), False, True),
        ("supports_x", (), (high(Side.Y),), False, True),
        ("supports_x", (), (), False, False),
        ("supports_x", (BAR_X,), (), True, False),
        ("supports_x", (OFFER_X, BAR_X), (), True, True),
        ("supports_y", (RATHER,), (), True, False),
        ("supports_x", (EITHER,), (), True, True),
        ("supports_x", (EITHER, BAR_Y), (), False, True),
        ("supports_x", (WEAK_X, OFFER_Y), (), True, True),
        ("supports_x", (OFFER_X,), (high(Side.X),), True, True),
        ("both_acceptable", (EITHER,), (), False, True),
        ("both_acceptable", (OFFER_X, OFFER_Y), (), False, True),
        ("both_acceptable", (OFFER_X,), (), False, False),
        ("both_acceptable", (EITHER, RATHER), (), True, True),
        ("neither", (BAR_X, BAR_Y), (), False, True),
        ("neither", (BAR_X,), (), False, False),
        ("neither", (BAR_X, OFFER_Y), (), True, False),
    ],
)
def test_what_the_panel_may_say(
    lead: str, passages: tuple[Passage, ...], cautions: tuple[Caution, ...], contradicted: bool, carried: bool
) -> None:
    found = readings(*passages)
    assert second_reader.contradicts(Outcome(lead), found, cautions) is contradicted
    assert second_reader.carries(Outcome(lead), found, cautions) is carried


@pytest.mark.parametrize(
    ("side", "direction", "objected"), [("x", "for", True), ("x", "against", False), ("y", "against", False), ("y", "for", False)]
)
def test_claim_that_says_the_opposite_is_withheld(side: str, direction: str, objected: bool) -> None:
    bound = citation("E1.1", evidence(BAR_X))
    claim = Claim.model_validate({"side": side, "direction": direction, "text": "t", "citations": (bound,)})
    assert (second_reader.otherwise(claim, readings(BAR_X)) is not None) is objected


def test_a_claim_whose_sentence_is_not_read_is_left_alone() -> None:
    bound = citation("E1.1", evidence(TRIAL))
    claim = Claim.model_validate({"side": "x", "direction": "for", "text": "t", "citations": (bound,)})
    assert second_reader.otherwise(claim, readings(TRIAL)) is None
