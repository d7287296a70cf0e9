"""The job row: claimed once, fenced, finished once, never silently lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from clinic.audit.models import Entry
from clinic.consults import actions
from clinic.consults.lease import Lease, LeaseLost, claim
from clinic.consults.models import Consult, ConsultOutcome, State
from clinic.consults.sweep import sweep
from clinic.people.models import User
from clinic.reasoning.arbitration.run import Brief
from clinic.reasoning.outcome import Abstained, Abstention, Stability
from tests.reasoning.builders import dispute, item, plan

pytestmark = pytest.mark.django_db(transaction=True)
ABSTENTION = Abstention(reason=Abstained.UNSTABLE, stability=Stability(runs=4, agree=2, orders_agree=False))


@pytest.fixture
def doctor() -> User:
    return User.objects.create(username="dr-adeyemi", role="clinician", hospital="demo")


@pytest.fixture
def consult(doctor: User, monkeypatch: pytest.MonkeyPatch) -> Consult:
    monkeypatch.setattr(actions, "send", lambda consult_id: False)
    brief = Brief(dispute=dispute(plan(item("apixaban")), plan(item("warfarin"))))
    return actions.request("arbitration", brief, by=doctor, hospital="demo")


def lapse(consult: Consult) -> None:
    Consult.objects.filter(pk=consult.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def acts() -> list[str]:
    return list(Entry.objects.values_list("act", flat=True))


def test_it_works(consult: Consult) -> None:
    lease = claim(consult.pk, "worker-1")
    assert lease and lease.fence == 1
    actions.finish(lease, ABSTENTION, {"model": "m"}, 1.0)
    consult.refresh_from_db()
    assert consult.state == State.ABSTAINED and consult.outcome.digest
    assert acts() == ["consult.requested", "consult.claimed", "consult.abstained"]


def test_a_held_consult_cannot_be_claimed(consult: Consult) -> None:
    assert claim(consult.pk, "worker-1")
    assert claim(consult.pk, "worker-2") is None


def test_a_lapsed_lease_is_taken_over_and_the_late_result_discarded(consult: Consult) -> None:
    late = claim(consult.pk, "worker-1")
    lapse(consult)
    now = claim(consult.pk, "worker-2")
    assert late and now and now.fence == 2
    with pytest.raises(LeaseLost):
        actions.finish(late, ABSTENTION, {}, 1.0)
    actions.finish(now, ABSTENTION, {}, 1.0)
    assert ConsultOutcome.objects.count() == 1
    assert acts().count("consult.discarded") == 1


def test_a_second_outcome_is_impossible(consult: Consult) -> None:
    lease = claim(consult.pk, "worker-1")
    assert lease
    actions.finish(lease, ABSTENTION, {}, 1.0)
    with pytest.raises(IntegrityError):
        ConsultOutcome.objects.create(consult=consult, conclusion={}, versions={}, seconds=0, digest="")


def test_an_ended_consult_is_not_claimed(consult: Consult) -> None:
    lease = claim(consult.pk, "worker-1")
    assert lease
    actions.finish(lease, ABSTENTION, {}, 1.0)
    assert claim(consult.pk, "worker-1") is None


def test_failure_goes_back_to_the_queue_then_to_a_human(consult: Consult) -> None:
    for attempt in range(1, 4):
        lease = claim(consult.pk, "worker-1")
        assert lease and lease.fence == attempt
        actions.fail(lease, "model host gone")
    consult.refresh_from_db()
    assert consult.state == State.NEEDS_HUMAN and consult.fault == "model host gone"
    assert claim(consult.pk, "worker-1") is None


def test_a_fault_no_retry_can_mend_goes_to_a_human_at_once(consult: Consult) -> None:
    lease = claim(consult.pk, "worker-1")
    assert lease
    assert actions.fail(lease, "weights are not those of the catalogue", retryable=False) is State.NEEDS_HUMAN


def test_a_full_host_costs_no_attempt(consult: Consult) -> None:
    for _ in range(5):
        lease = claim(consult.pk, "worker-1")
        assert lease
        assert actions.fail(lease, "no free slot", counts=False) is State.QUEUED


def test_three_dead_workers_end_in_a_human_not_in_silence(consult: Consult) -> None:
    for _ in range(3):
        assert claim(consult.pk, "worker-1")
        lapse(consult)
    sweep()
    consult.refresh_from_db()
    assert consult.state == State.NEEDS_HUMAN


def test_renewing_a_lost_lease_is_refused(consult: Consult) -> None:
    lease = claim(consult.pk, "worker-1")
    assert lease
    lapse(consult)
    assert claim(consult.pk, "worker-2")
    with pytest.raises(LeaseLost):
        lease.renew(force=True)


def test_cancel_stops_the_worker_at_its_next_token(consult: Consult, doctor: User) -> None:
    lease = claim(consult.pk, "worker-1")
    assert lease
    actions.cancel(consult, by=doctor)
    with pytest.raises(LeaseLost):
        lease.renew(force=True)
    consult.refresh_from_db()
    assert consult.state == State.CANCELLED


def test_sweeper_runs_what_no_broker_takes(consult: Consult) -> None:
    Consult.objects.filter(pk=consult.pk).update(requested_at=timezone.now() - timedelta(seconds=10))
    ran: list[object] = []
    assert sweep(lambda pk: ran.append(pk) or "done") == 1
    assert ran == [consult.pk]


def test_sweeper_leaves_a_fresh_row_alone(consult: Consult) -> None:
    assert sweep(lambda pk: "done") == 0


def test_an_unknown_fence_writes_nothing(consult: Consult) -> None:
    with pytest.raises(LeaseLost):
        actions.finish(Lease(consult.pk, 99), ABSTENTION, {}, 1.0)
    assert not ConsultOutcome.objects.exists()
