"""A consult does not pay for a host without room or for a host's death, but one that always stands by is suspected in the end."""

from __future__ import annotations

import pytest

from clinic.consults import worker
from clinic.consults.models import Consult, State
from inference.errors import (
    BackendAbsent,
    BackendBusy,
    BackendRefused,
    BackendUnreachable,
    BackendUntrusted,
    Deadline,
    HostAbsent,
    HostBusy,
    HostGone,
    InferenceError,
)
from tests.consults.test_lease import consult, doctor

__all__ = ["consult", "doctor"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("error", "claims"),
    [
        (HostGone("killed"), 6),
        (HostAbsent("starting"), None),
        (HostBusy(16), None),
        (BackendUnreachable("there", "dropped"), 6),
        (BackendAbsent("there", "refused"), None),
        (BackendBusy("there"), None),
        (Deadline(300), 3),
        (BackendRefused("there", 401, "unauthorized"), 1),
        (BackendUntrusted("there", "self-signed"), 1),
    ],
    ids=["died", "starting", "full", "server dropped it", "server starting", "server full", "its own", "key refused", "not trusted"],
)
def test_claims_until_a_human_is_asked(consult: Consult, error: InferenceError, claims: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**_: object) -> None:
        raise error

    monkeypatch.setattr(worker.wiring, "tools", gone)
    for claim in range(1, 11):
        said = worker.work(consult.pk)
        if said == "not free":
            break
        consult.refresh_from_db()
        assert (consult.state == State.NEEDS_HUMAN) is (claim == claims)
    assert claims is None or consult.fence == claims


def test_a_host_that_never_comes_ends_in_a_human(consult: Consult, monkeypatch: pytest.MonkeyPatch) -> None:
    Consult.objects.filter(pk=consult.pk).update(fence=60)

    def absent(**_: object) -> None:
        raise HostAbsent("nobody starts it")

    monkeypatch.setattr(worker.wiring, "tools", absent)
    assert [worker.work(consult.pk) for _ in range(4)] == ["failed: queued", "failed: queued", "failed: needs_human", "not free"]
