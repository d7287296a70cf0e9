"""The patient list and page: own hospital only, allergies first, every look in the log."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clinic.audit.models import Entry
from tests.cast import as_user, user
from tests.disagreements.builders import opened, patient

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    case = patient()
    page = as_user("dr-adeyemi").get(reverse("cases:patient", args=[case.pk])).content.decode()
    assert "Testcase, Ada" in page and "penicillin" in page and "eGFR" in page and "Open a disagreement" in page


def test_list_holds_the_own_hospital_only() -> None:
    patient()
    patient(hospital="other", number="T-9", name="Elsewhere, Bo")
    page = as_user("dr-adeyemi").get(reverse("cases:list")).content.decode()
    assert "Testcase, Ada" in page and "Elsewhere, Bo" not in page


@pytest.mark.parametrize(
    ("q", "found"), [("ada", True), ("T-1", True), ("fibrillation", True), ("zebra", False), ("\x00", True), ("%", False)]
)
def test_search(q: str, found: bool) -> None:
    patient()
    page = as_user("nurse-kim").get(reverse("cases:list"), {"q": q}).content.decode()
    assert ("Testcase, Ada" in page) is found


def test_looking_at_a_patient_is_logged() -> None:
    case = patient()
    as_user("nurse-kim").get(reverse("cases:patient", args=[case.pk]))
    assert Entry.objects.get(act="case.viewed").subject == f"case:{case.pk}"


def test_nurse_sees_facts_and_no_disagreement() -> None:
    row = opened()
    page = as_user("nurse-kim").get(reverse("cases:patient", args=[row.case_id])).content.decode()
    assert "penicillin" in page and row.question not in page and "Open a disagreement" not in page


def test_doctor_sees_the_disagreements_of_the_patient() -> None:
    row = opened()
    assert row.question in as_user("dr-novak").get(reverse("cases:patient", args=[row.case_id])).content.decode()


def test_patient_of_another_hospital_is_not_found_and_it_is_logged() -> None:
    case = patient()
    response = as_user("dr-castillo").get(reverse("cases:patient", args=[case.pk]))
    assert response.status_code == 404 and "Testcase" not in response.content.decode()
    assert Entry.objects.filter(act="access.refused", actor="dr-castillo").exists()


@pytest.mark.parametrize("username", ["auditor-osei", "admin-moreau", "editor-lindqvist", "integrator-fhir"])
def test_roles_without_patients_are_refused(username: str) -> None:
    case = patient()
    assert as_user(username).get(reverse("cases:patient", args=[case.pk])).status_code == 403
    assert user(username).role not in ("clinician", "nurse", "pharmacist")
