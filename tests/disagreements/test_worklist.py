"""The worklist: whose turn it is, filters, search, and nothing of another hospital."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clinic.disagreements import actions
from clinic.disagreements.worklist import Turn, turn
from tests.cast import as_user, user
from tests.disagreements.builders import abstained, advised, apixaban, consulting, needs_human, opened, patient, revealed

pytestmark = pytest.mark.django_db


def see(username: str, query: str = "") -> str:
    response = as_user(username).get(reverse("disagreements:worklist") + query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_works() -> None:
    opened()
    page = see("dr-brandt")
    assert "Write your opinion" in page and "Which anticoagulant?" in page


def test_turns_follow_the_state() -> None:
    row = opened()
    assert turn(row, row.first) is Turn.WRITE
    actions.seal(row, apixaban(), 70, by=row.first)
    assert turn(row, row.first) is Turn.OTHER and turn(row, row.second) is Turn.WRITE
    assert turn(row, user("dr-novak")) is Turn.NOTHING


TURNS = [(revealed, Turn.REVEAL), (advised, Turn.ADVICE), (abstained, Turn.ABSTENTION), (needs_human, Turn.HUMAN)]


@pytest.mark.parametrize(("make", "expected"), TURNS, ids=[t for _, t in TURNS])
def test_open_ones_ask_both_doctors(make: object, expected: Turn) -> None:
    row = make()  # type: ignore[operator]
    assert turn(row, row.first) is expected and turn(row, row.second) is expected


def test_running_consult_waits() -> None:
    row, _ = consulting()
    assert turn(row, row.first) is Turn.CONSULT
    assert "Waiting for others" in see("dr-adeyemi")


def test_decision_asks_the_other_doctor_only() -> None:
    row = advised()
    actions.decide(row, "x", by=row.first)
    assert turn(row, row.first) is Turn.NOTHING and turn(row, row.second) is Turn.ACKNOWLEDGE
    assert "Acknowledge the decision" in see("dr-brandt")


def test_doctor_of_another_hospital_sees_nothing() -> None:
    opened()
    page = see("dr-castillo", "?show=all")
    assert "Which anticoagulant?" not in page and "Nothing waits for you" in page


def test_pharmacist_reads_the_list_without_tasks() -> None:
    opened()
    page = see("pharmacist-sato")
    assert "Which anticoagulant?" in page and "Nothing waits for you" in page


@pytest.mark.parametrize(("query", "found"), [("anticoag", True), ("Testcase", True), ("T-1", True), ("zebra", False)])
def test_search(query: str, found: bool) -> None:
    opened()
    assert ("Which anticoagulant?" in see("dr-novak", f"?q={query}")) is found


def test_reference_is_found() -> None:
    row = opened()
    for number in (row.reference, row.pk, row.pk.hex, row.pk.hex[:15]):
        assert "Which anticoagulant?" in see("dr-novak", f"?q={number}")


FILTERS = [
    ("show=ended", False),
    ("show=open", True),
    ("state=opinion_1_sealed", False),
    ("show=nonsense&state=nonsense&page=nonsense", True),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_filters(query: str, found: bool) -> None:
    opened()
    assert ("Which anticoagulant?" in see("dr-novak", f"?{query}")) is found


def test_time_critical_comes_first() -> None:
    opened("Which statin?")
    opened("Thrombolysis now?", time_critical=True, case=patient(number="T-2"))
    page = see("dr-adeyemi")
    assert page.index("Thrombolysis now?") < page.index("Which statin?")


@pytest.mark.parametrize(
    ("username", "name"), [("nurse-kim", "cases:list"), ("auditor-osei", "audit:log"), ("integrator-fhir", "people:account")]
)
def test_others_land_where_they_work(username: str, name: str) -> None:
    response = as_user(username).get(reverse("disagreements:worklist"))
    assert response.status_code == 302 and response.url == reverse(name)
