"""Opening a disagreement from the patient's page, and the drug lookup of its form."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from clinic.disagreements.models import Disagreement, State
from tests.cast import as_user, user
from tests.disagreements.builders import patient

pytestmark = pytest.mark.django_db


def start(username: str, case: Any, **data: Any) -> Any:
    user("dr-adeyemi")
    filled = {"question": "Which anticoagulant?", "second": user("dr-brandt").pk, **data}
    return as_user(username).post(reverse("disagreements:open", args=[case.pk]), filled, follow=True)


def test_it_works() -> None:
    case = patient()
    page = start("dr-adeyemi", case).content.decode()
    assert "Your opinion" in page
    assert Disagreement.objects.get().first.username == "dr-adeyemi"


def test_time_critical_is_escalated_at_once() -> None:
    page = start("dr-adeyemi", patient(), time_critical="on").content.decode()
    assert "do not wait for this software" in page
    assert Disagreement.objects.get().state == State.TIME_CRITICAL


WRONG = [
    ({"question": ""}, "Write the question"),
    ({"question": "\u200b\u200b\u200b\u200b"}, "Write the question"),
    ({"question": "x" * 1001}, "1,001 characters"),
    ({"second": ""}, "Choose the doctor"),
]


@pytest.mark.parametrize(("data", "sentence"), WRONG, ids=["empty", "invisible", "long", "nobody"])
def test_what_is_wrong_is_said(data: dict[str, str], sentence: str) -> None:
    response = start("dr-adeyemi", patient(), **data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Disagreement.objects.exists()


@pytest.mark.parametrize("second", ["dr-adeyemi", "dr-castillo", "nurse-kim"])
def test_second_doctor_is_another_clinician_of_the_hospital(second: str) -> None:
    assert start("dr-adeyemi", patient(), second=user(second).pk).status_code == 422
    assert not Disagreement.objects.exists()


def test_nurse_does_not_open_one() -> None:
    assert start("nurse-kim", patient()).status_code == 403


def test_doctor_of_another_hospital_does_not_open_one() -> None:
    assert start("dr-castillo", patient()).status_code == 404


def test_known_drug_is_described() -> None:
    found = as_user("dr-adeyemi").get(reverse("disagreements:drugs"), {"q": "Eliquis"}).json()
    assert found["known"]["name"] == "apixaban" and found["near"] == []


def test_misspelt_drug_gets_suggestions() -> None:
    found = as_user("dr-adeyemi").get(reverse("disagreements:drugs"), {"q": "apixabann"}).json()
    assert found["known"] is None and "apixaban" in found["near"]


@pytest.mark.parametrize("q", ["", "\x00", "x" * 5000])
def test_nonsense_finds_nothing(q: str) -> None:
    assert as_user("dr-adeyemi").get(reverse("disagreements:drugs"), {"q": q}).json()["known"] is None
