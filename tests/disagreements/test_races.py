"""Two people, or a person and a worker, act on one disagreement at the same moment: one after the other, and nobody sees a fault."""

from __future__ import annotations

import pytest

from clinic.audit.verify import verify
from clinic.consults import actions as consults
from clinic.consults.lease import Lease, claim
from clinic.consults.models import Consult, ConsultOutcome
from clinic.disagreements import actions
from clinic.disagreements.actions import Refused
from clinic.disagreements.models import Decision, Opinion, State
from clinic.knowledge import life, queue
from clinic.knowledge.models import PassageRow, Source, SourceVersion, VersionState
from clinic.leasing import LeaseLost
from clinic.people.models import Notification
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.outcome import Advice, Outcome
from tests.cast import user
from tests.disagreements.builders import (
    STEADY,
    VERSIONS,
    apixaban,
    claims,
    consulting,
    opened,
    passages,
    patient,
    revealed,
    running,
    warfarin,
)
from tests.races import ROUNDS, at_once, faults

pytestmark = pytest.mark.django_db(transaction=True)
each_round = pytest.mark.parametrize("number", range(ROUNDS))


def advice() -> Advice:
    return Advice(outcome=Outcome.SUPPORTS_X, stability=STEADY, claims=claims(Evidence.of(passages()))[:1])


def finish(lease: Lease) -> ConsultOutcome:
    return consults.finish(lease, advice(), VERSIONS, 1.0)


@each_round
def test_a_disagreement_is_withdrawn_while_its_consult_ends(number: int) -> None:
    """The worker holds the consult and wants the disagreement, the doctor the other way round."""
    row, consult, lease = running()
    found = at_once(lambda: finish(lease), lambda: actions.withdraw(row, by=row.first))
    assert not faults(found, LeaseLost)
    row.refresh_from_db()
    consult.refresh_from_db()
    assert row.state == State.WITHDRAWN and consult.state in ("advised", "cancelled")
    assert ConsultOutcome.objects.filter(consult=consult).count() == (consult.state == "advised")
    assert verify().sound


@each_round
def test_a_consult_is_cancelled_while_it_ends(number: int) -> None:
    row, consult, lease = running()
    found = at_once(lambda: finish(lease), lambda: consults.cancel(consult, by=row.second), lambda: consults.cancel(consult, by=row.first))
    assert not faults(found, LeaseLost)
    row.refresh_from_db()
    consult.refresh_from_db()
    assert (consult.state, row.state) in (("advised", State.ADVISED), ("cancelled", State.REVEALED))


@each_round
def test_both_seal_at_the_same_moment(number: int) -> None:
    row = opened()
    found = at_once(lambda: actions.seal(row, apixaban(), 70, by=row.first), lambda: actions.seal(row, warfarin(), 80, by=row.second))
    assert not faults(found)
    row.refresh_from_db()
    assert row.state == State.REVEALED and row.snapshot and row.concordance


@each_round
def test_a_draft_from_another_window_does_not_unseal(number: int) -> None:
    row = opened()
    actions.save_draft(row, warfarin(), 50, by=row.first)
    found = at_once(lambda: actions.seal(row, apixaban(), 70, by=row.first), lambda: actions.save_draft(row, warfarin(), 60, by=row.first))
    assert not faults(found)
    sealed = Opinion.objects.get(disagreement=row, sealed_at__isnull=False)
    assert sealed.confidence == 70 and sealed.commitment and sealed.plan == apixaban().model_dump(mode="json")


@each_round
def test_one_consult_is_asked_for_and_one_decision_made(number: int) -> None:
    row = revealed()
    asked = at_once(*[lambda doctor=doctor: actions.request_consult(row, by=doctor) for doctor in (row.first, row.second)])  # type: ignore[misc]
    assert not faults(asked, Refused) and Consult.objects.count() == 1
    other = revealed(case=patient(number="T-2"))
    made = at_once(*[lambda doctor=doctor: actions.decide(other, "x", by=doctor) for doctor in (other.first, other.second)])  # type: ignore[misc]
    assert not faults(made, Refused) and Decision.objects.count() == 1


@each_round
def test_of_many_workers_one_claims(number: int) -> None:
    _, consult = consulting()
    found = at_once(*[lambda name=name: claim(consult.pk, f"worker-{name}") for name in range(6)])  # type: ignore[misc]
    assert not faults(found) and [one.fence for one in found if one] == [1]


@each_round
def test_no_advice_slips_past_a_withdrawal(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either the consult ends first and its doctors are told, or it does not end on what was withdrawn."""
    monkeypatch.setattr(queue, "send", lambda kind, pk: False)
    source = Source.objects.create(slug="guideline", title="Guideline")
    version = SourceVersion.objects.create(
        source=source, version="1", organisation="Test", language="en", state=VersionState.PUBLISHED, text="", digest="d" * 64
    )
    PassageRow.objects.bulk_create(PassageRow(id=p.id, version=version, place=n, body=p.model_dump(mode="json")) for n, p in enumerate(passages()))
    _, consult, lease = running()
    editor = user("editor-lindqvist")
    found = at_once(lambda: finish(lease), lambda: life.withdraw(version, "A dose is wrong.", by=editor))
    assert not faults(found, consults.SourceEnded)
    consult.refresh_from_db()
    assert (consult.state, Notification.objects.count()) in (("advised", 2), ("running", 0))
