"""When a side is published, and every rule that forbids it. One refusal a test."""

from __future__ import annotations

import pytest

from clinic.reasoning.arbitration.conclude import conclude
from clinic.reasoning.arbitration.direction import Says
from clinic.reasoning.arbitration.second_reader import STRONG, Reading
from clinic.reasoning.checks import citation
from clinic.reasoning.claims import Claim, Objection
from clinic.reasoning.facts import Side
from clinic.reasoning.outcome import Abstained, Abstention, Advice, Outcome, Stability
from clinic.reasoning.safety import Caution
from retrieval.types import Severity, UnitKind
from tests.reasoning.builders import evidence, passage

EVIDENCE = evidence(passage("Offer apixaban."), passage("Apixaban halved strokes.", kind=UnitKind.EFFICACY))
STEADY = Stability(runs=4, agree=4, orders_agree=True)


def claim(sentence: str = "E1.1", side: Side = Side.X, direction: str = "for", bad: bool = False) -> Claim:
    bound = citation(sentence, EVIDENCE)
    assert bound
    return Claim.model_validate(
        {
            "side": side,
            "direction": direction,
            "text": "t",
            "citations": (bound,),
            "objections": (Objection(code="x", message="x"),) if bad else (),
        }
    )


def caution(side: Side, severity: Severity) -> Caution:
    return Caution(code="allergy", severity=severity, plan=side, drugs=("apixaban",), text="t")


def test_it_works() -> None:
    found = conclude(Outcome.SUPPORTS_X, STEADY, [claim()], [], EVIDENCE)
    assert isinstance(found, Advice) and found.outcome is Outcome.SUPPORTS_X and found.flips


@pytest.mark.parametrize(
    ("lead", "stability", "claims", "cautions", "reason"),
    [
        (None, STEADY, [claim()], [], Abstained.UNSTABLE),
        (Outcome.SUPPORTS_X, Stability(runs=12, agree=9, orders_agree=True), [claim()], [], Abstained.UNSTABLE),
        (Outcome.SUPPORTS_X, Stability(runs=4, agree=4, orders_agree=False), [claim()], [], Abstained.UNSTABLE),
        (Outcome.SUPPORTS_X, STEADY, [], [], Abstained.UNSUPPORTED),
        (Outcome.SUPPORTS_X, STEADY, [claim(bad=True)], [], Abstained.UNSUPPORTED),
        (Outcome.SUPPORTS_X, STEADY, [claim(side=Side.Y)], [], Abstained.UNSUPPORTED),
        (Outcome.SUPPORTS_X, STEADY, [claim(), claim(bad=True), claim(bad=True)], [], Abstained.UNSUPPORTED),
        (Outcome.SUPPORTS_X, STEADY, [claim()], [caution(Side.X, Severity.HIGH)], Abstained.CAUTION),
        (Outcome.BOTH_ACCEPTABLE, STEADY, [claim()], [caution(Side.Y, Severity.HIGH)], Abstained.CAUTION),
        (Outcome.SUPPORTS_X, STEADY, [claim("E2.1")], [], Abstained.NO_RECOMMENDATION),
        (Outcome.INSUFFICIENT_EVIDENCE, STEADY, [claim()], [], Abstained.INSUFFICIENT_EVIDENCE),
        (Outcome.NEED_DATA, STEADY, [claim()], [], Abstained.NEED_DATA),
    ],
)
def test_no_side_is_published(
    lead: Outcome | None, stability: Stability, claims: list[Claim], cautions: list[Caution], reason: Abstained
) -> None:
    found = conclude(lead, stability, claims, cautions, EVIDENCE)
    assert isinstance(found, Abstention) and found.reason is reason


def test_moderate_caution_does_not_forbid_but_is_said() -> None:
    found = conclude(Outcome.SUPPORTS_X, STEADY, [claim()], [caution(Side.X, Severity.MODERATE)], EVIDENCE)
    assert isinstance(found, Advice) and any("Worsening" in line for line in found.flips)


def test_high_caution_on_the_other_side_supports() -> None:
    found = conclude(Outcome.SUPPORTS_X, STEADY, [claim(side=Side.Y, direction="against")], [caution(Side.Y, Severity.HIGH)], EVIDENCE)
    assert isinstance(found, Advice)


def test_dissent_is_kept() -> None:
    found = conclude(Outcome.SUPPORTS_X, STEADY, [claim(), claim(side=Side.Y)], [], EVIDENCE)
    assert isinstance(found, Advice) and len(found.dissent) == 1


def test_no_evidence_is_its_own_reason() -> None:
    found = conclude(None, Stability(runs=0, agree=0, orders_agree=False), [], [], evidence())
    assert isinstance(found, Abstention) and found.reason is Abstained.NO_EVIDENCE and found.missing


FOR_X = Reading("E1.1", STRONG, Says(favours=frozenset({Side.X})))
AGAINST_X = Reading("E1.1", STRONG, Says(opposes=frozenset({Side.X})))


@pytest.mark.parametrize(
    ("read", "reason"), [([FOR_X, AGAINST_X], Abstained.CONTRADICTED), ([], Abstained.NO_RECOMMENDATION), ([FOR_X], None), (None, None)]
)
def test_the_second_reader_withholds(read: list[Reading] | None, reason: Abstained | None) -> None:
    found = conclude(Outcome.SUPPORTS_X, STEADY, [claim()], [], EVIDENCE, read=read)
    assert (found.reason if isinstance(found, Abstention) else None) is reason


def test_a_recommendation_in_a_language_the_rules_cannot_read_needs_no_second_reading() -> None:
    korean = evidence(passage("아픽사반을 권고한다.", language="ko"))
    bound = citation("E1.1", korean)
    own = Claim.model_validate({"side": "x", "direction": "for", "text": "t", "citations": (bound,)})
    assert isinstance(conclude(Outcome.SUPPORTS_X, STEADY, [own], [], korean, read=[]), Advice)
    assert isinstance(conclude(Outcome.SUPPORTS_X, STEADY, [own], [], korean, read=[AGAINST_X]), Abstention)
