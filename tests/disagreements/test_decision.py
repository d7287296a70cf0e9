"""The doctors' act: with a reason against the Advice, by one of the two, acknowledged by the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from clinic.disagreements.models import Decision, Disagreement, State
from tests.cast import as_user
from tests.disagreements.builders import abstained, advised, opened, revealed

pytestmark = pytest.mark.django_db


def decide(username: str, row: Disagreement, **data: str) -> Any:
    return as_user(username).post(reverse("disagreements:decide", args=[row.pk]), data, follow=True)


def acknowledge(username: str, row: Disagreement) -> Any:
    return as_user(username).post(reverse("disagreements:acknowledge", args=[row.pk]), follow=True)


def test_it_works() -> None:
    row = advised()
    assert "Decided: Plan X" in decide("dr-adeyemi", row, choice="x").content.decode()
    assert "You have acknowledged" in acknowledge("dr-brandt", row).content.decode()
    assert Decision.objects.get().acknowledged_by.username == "dr-brandt"  # type: ignore[union-attr]


REFUSED = [
    ({}, "Choose what is done."),
    ({"choice": "order"}, "Choose one of the ways"),
    ({"choice": "y"}, "goes against the advice"),
    ({"choice": "y", "override": "other", "reason": " "}, "Say in a sentence why"),
    ({"choice": "refer"}, "Say in a sentence what will be done."),
]


@pytest.mark.parametrize(("data", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_what_is_missing_is_said_and_what_was_typed_stays(data: dict[str, str], sentence: str) -> None:
    row = advised()
    response = decide("dr-adeyemi", row, **{"reason": "She asked for it.", **data})
    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page and ("She asked for it." in page or "reason" in data)
    assert not Decision.objects.exists()


def test_override_with_its_reason_is_kept_and_shown() -> None:
    row = advised()
    page = decide("dr-brandt", row, choice="y", override="patient_preference", reason="She asked for it.").content.decode()
    assert "Not as advised" in page and "The patient prefers otherwise" in page and "She asked for it." in page


def test_reason_is_not_asked_for_after_an_abstention() -> None:
    row = abstained()
    assert "Decided" in decide("dr-adeyemi", row, choice="y").content.decode()


def test_third_doctor_does_not_decide() -> None:
    row = advised()
    assert decide("dr-novak", row, choice="x").status_code == 403
    assert not Decision.objects.exists()


def test_own_decision_is_not_acknowledged_by_oneself() -> None:
    row = advised()
    decide("dr-adeyemi", row, choice="x")
    assert "The other doctor acknowledges" in acknowledge("dr-adeyemi", row).content.decode()
    assert Decision.objects.get().acknowledged_at is None


def test_nothing_to_acknowledge_is_said() -> None:
    assert "no decision to acknowledge" in acknowledge("dr-adeyemi", advised()).content.decode()


def test_second_decision_is_refused() -> None:
    row = advised()
    decide("dr-adeyemi", row, choice="x")
    assert "has been made already" in decide("dr-brandt", row, choice="x").content.decode()


def test_reveal_can_be_decided_without_a_consult() -> None:
    row = revealed()
    assert "Decided: Plan Y" in decide("dr-adeyemi", row, choice="y").content.decode()


def test_unopened_plans_cannot_be_chosen() -> None:
    row = opened(time_critical=True)
    assert decide("dr-adeyemi", row, choice="x").status_code == 422
    assert decide("dr-adeyemi", row, choice="other", text="Drained at once.").status_code == 200
    row.refresh_from_db()
    assert row.state == State.DECIDED
