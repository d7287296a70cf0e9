"""Checks of claims: what must be withheld, what must pass, and the laws they keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.reasoning import checks
from clinic.reasoning.claims import Claim
from clinic.reasoning.facts import Side
from tests.reasoning.builders import Book, Terms, drug, evidence, passage

BOOK = Book(
    drug("apixaban", "direct oral anticoagulant"), drug("warfarin", "vitamin K antagonist"), drug("dabigatran", "direct oral anticoagulant")
)
TERMS = Terms("atrial fibrillation", "mechanical heart valve")
EVIDENCE = evidence(
    passage("Offer apixaban rather than warfarin to adults with atrial fibrillation.", "Give apixaban 5 mg twice daily."),
    passage("Do not use dabigatran in people with a mechanical heart valve."),
    passage("Direct oral anticoagulants are preferred in atrial fibrillation."),
    passage("Do not withhold apixaban because of a high bleeding score alone."),
)


def codes(text: str, *cites: str) -> list[str]:
    claim = Claim(side=Side.X, direction="for", text=text)
    return [o.code for o in checks.verify(claim, cites, EVIDENCE, BOOK, TERMS).objections]


def test_it_works() -> None:
    claim = checks.verify(
        Claim(side=Side.X, direction="for", text="Apixaban is preferred to warfarin in atrial fibrillation."),
        ["E1.1"],
        EVIDENCE,
        BOOK,
        TERMS,
    )
    assert claim.supported
    assert claim.citations[0].quote == "Offer apixaban rather than warfarin to adults with atrial fibrillation."


@pytest.mark.parametrize(
    ("text", "cites", "code"),
    [
        ("Apixaban is recommended.", (), "no_citation"),
        ("Apixaban is recommended.", ("E9.1",), "unknown_sentence"),
        ("Give apixaban 10 mg twice daily.", ("E1.2",), "number_not_cited"),
        ("Give apixaban 5 g twice daily.", ("E1.2",), "unit_not_cited"),
        ("Dabigatran is recommended in atrial fibrillation.", ("E1.1",), "drug_not_cited"),
        ("Dabigatran is recommended in people with a mechanical heart valve.", ("E2.1",), "negation"),
        ("Do not give apixaban 5 mg twice daily.", ("E1.2",), "negation"),
        ("Warfarin rather than apixaban in atrial fibrillation.", ("E1.1",), "direction"),
        ("Warfarin is recommended in atrial fibrillation.", ("E1.1",), "direction"),
        ("Apixaban should not be used in atrial fibrillation.", ("E1.1",), "direction"),
        ("Apixaban should not be used.", ("E4.1",), "negation"),
        ("Renal transplantation cures hypertension permanently.", ("E1.2",), "off_subject"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_claim_is_withheld(text: str, cites: tuple[str, ...], code: str) -> None:
    assert code in codes(text, *cites)


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("Apixaban 5 mg twice daily.", ("E1.2",)),
        ("Do not use dabigatran with a mechanical heart valve.", ("E2.1",)),
        ("Apixaban is preferred in atrial fibrillation.", ("E3.1",)),
        ("Apixaban is recommended in atrial fibrillation.", ("E1.1",)),
        ("Give five mg of apixaban.", ("E1.2",)),
        ("Warfarin should not be used in atrial fibrillation.", ("E1.1",)),
        ("Give apixaban despite a high bleeding score.", ("E4.1",)),
    ],
)
def test_claim_passes(text: str, cites: tuple[str, ...]) -> None:
    assert codes(text, *cites) == []


@given(st.text(max_size=200), st.lists(st.sampled_from(["E1.1", "E1.2", "E2.1", "E3.1", "E7.7", "", "E1"]), max_size=4))
def test_verification_never_changes_the_words_nor_adds_a_citation(text: str, cites: list[str]) -> None:
    claim = Claim(side=Side.Y, direction="against", text=text)
    done = checks.verify(claim, cites, EVIDENCE, BOOK, TERMS)
    assert (done.text, done.side, done.direction) == (text, Side.Y, "against")
    assert {c.sentence_id for c in done.citations} <= set(cites)


@given(st.integers(min_value=0, max_value=10**6))
def test_number_absent_from_the_evidence_is_always_withheld(number: int) -> None:
    found = codes(f"Give apixaban {number} mg twice daily.", "E1.2")
    assert ("number_not_cited" in found) is (number != 5)


@given(st.sampled_from(EVIDENCE.sentence_ids()))
def test_quote_is_the_very_sentence(sentence_id: str) -> None:
    citation = checks.citation(sentence_id, EVIDENCE)
    found = EVIDENCE.find(sentence_id)
    assert citation and found
    assert citation.quote == found[0].passage.text[citation.start : citation.end]


@given(st.sampled_from(EVIDENCE.sentence_ids()))
def test_a_sentence_always_supports_itself(sentence_id: str) -> None:
    found = EVIDENCE.find(sentence_id)
    assert found
    assert codes(found[1].text, sentence_id) == []
