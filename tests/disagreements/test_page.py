"""The page of one disagreement follows its state, for the two doctors, for readers, and for nobody of another hospital."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from clinic.audit.models import Entry
from clinic.consults.models import Consult
from clinic.disagreements import actions
from clinic.disagreements.models import Disagreement, State
from clinic.reasoning.facts import Plan, PlanItem
from clinic.reasoning.outcome import REASONS, Abstained, Outcome
from tests.cast import as_user, user
from tests.disagreements import builders
from tests.disagreements.builders import (
    BETWEEN,
    FOR_X,
    SECRET,
    abstained,
    advised,
    consulting,
    needs_human,
    opened,
    revealed,
    running,
    warfarin,
)

pytestmark = pytest.mark.django_db


def see(username: str, row: Disagreement, query: str = "") -> Any:
    return as_user(username).get(reverse("disagreements:page", args=[row.pk]) + query)


def text(username: str, row: Disagreement) -> str:
    response = see(username, row)
    assert response.status_code == 200
    return response.content.decode()


def withdrawn() -> Disagreement:
    row = revealed()
    actions.withdraw(row, by=row.first)
    return row


def decided() -> Disagreement:
    row = advised()
    actions.decide(row, "y", by=row.first, override="patient_preference", reason="She prefers tablets once a day.")
    return row


STATES: list[tuple[Callable[[], Disagreement], str]] = [
    (opened, "Two opinions are being written"),
    (revealed, "Questions at issue"),
    (lambda: consulting()[0], "Waiting for a free place"),
    (lambda: running()[0], "of 4 runs"),
    (advised, "The evidence supports Plan X"),
    (abstained, "The consult abstains"),
    (needs_human, "The consult could not be made"),
    (decided, "Not as advised"),
    (withdrawn, "opened in error or resolved itself"),
]


@pytest.mark.parametrize(("make", "sentence"), STATES, ids=[sentence for _, sentence in STATES])
def test_each_state_shows_its_part_to_a_reader(make: Callable[[], Disagreement], sentence: str) -> None:
    page = text("pharmacist-sato", make())
    assert sentence in page
    assert "Record the decision" not in page and "ask for the consult<" not in page and "Withdraw<" not in page


@pytest.mark.parametrize("make", [make for make, _ in STATES], ids=[sentence for _, sentence in STATES])
def test_no_state_has_inline_script_or_style(make: Callable[[], Disagreement]) -> None:
    page = text("dr-adeyemi", make())
    assert "style=" not in page and "<style" not in page and "onclick" not in page and "<script>" not in page


def test_doctor_of_another_hospital_finds_nothing_and_it_is_logged() -> None:
    row = advised()
    response = see("dr-castillo", row)
    assert response.status_code == 404
    assert row.question not in response.content.decode()
    assert Entry.objects.filter(act="access.refused", actor="dr-castillo").exists()


@pytest.mark.parametrize("reader", ["nurse-kim", "auditor-osei", "admin-moreau", "editor-lindqvist"])
def test_roles_without_the_right_are_told_so(reader: str) -> None:
    response = see(reader, opened())
    assert response.status_code == 403
    assert "does not let you read disagreements of this hospital" in response.content.decode()


def test_looking_is_logged_once_a_minute() -> None:
    row = opened()
    for _ in range(3):
        see("dr-adeyemi", row)
    assert Entry.objects.filter(act="disagreement.viewed", actor="dr-adeyemi", subject=actions.subject(row)).count() == 1


def test_advice_shows_each_claim_beside_its_marked_sentence() -> None:
    page = text("dr-adeyemi", advised())
    assert f"<mark>{FOR_X}</mark>" in page and BETWEEN in page
    assert "4 of 4 runs, both orders" in page
    assert "Warfarin can be measured." in page.split("What speaks against it", 1)[1]
    assert "No such number." in page.split("Withheld", 1)[1]
    assert "A new trial." in page and "A weight." in page
    assert "Demonstration model: not for care" in page and "Written with a language model" in page


def test_advice_never_carries_the_reasoning_text() -> None:
    row = advised()
    assert SECRET not in text("dr-adeyemi", row)
    running_row = Disagreement.objects.get(pk=row.pk)
    assert SECRET not in text("pharmacist-sato", running_row)


@pytest.mark.parametrize("reason", [r for r in Abstained if r is not Abstained.TIME_CRITICAL])
def test_abstention_says_why_what_is_missing_and_what_to_do(reason: Abstained) -> None:
    page = text("dr-brandt", abstained(reason))
    assert REASONS[reason] in page and "A potassium value." in page and "Record the decision" in page


@pytest.mark.parametrize("outcome", [Outcome.SUPPORTS_Y, Outcome.BOTH_ACCEPTABLE, Outcome.NEITHER, Outcome.HYBRID])
def test_each_outcome_has_a_headline(outcome: Outcome) -> None:
    assert 'id="outcome-title"' in text("dr-adeyemi", advised(outcome))


def test_questions_at_issue_name_the_evidence_of_each_side() -> None:
    page = text("dr-adeyemi", advised())
    table = page.split("Questions at issue", 1)[1].split("</table>", 1)[0]
    assert 'href="#E1"' in table and 'href="#E2"' in table and "Strong" in table


def test_cautions_of_both_plans_are_there_at_the_reveal() -> None:
    item = PlanItem(action="start", drug="amoxicillin", dose=1, unit="g", route="oral", frequency="three times daily")  # type: ignore[arg-type]
    page = text("dr-brandt", revealed(x=Plan(items=(item,)), y=warfarin()))
    assert "1 high safety finding" in page and "allergy to penicillin" in page


def test_running_page_carries_where_to_follow_it() -> None:
    row, consult, _ = running()
    page = text("dr-brandt", row)
    last = builders.events_of(consult)[-1].pk
    assert f'data-live="{reverse("consults:events", args=[consult.pk])}?after={last}"' in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_consult_is_asked_for_once() -> None:
    row = revealed()
    client = as_user("dr-brandt")
    for _ in range(2):
        page = client.post(reverse("disagreements:consult", args=[row.pk]), follow=True).content.decode()
    assert Consult.objects.count() == 1
    assert "Consulting" in page


def test_consult_is_not_asked_for_by_a_third_doctor() -> None:
    row = revealed()
    assert as_user("dr-novak").post(reverse("disagreements:consult", args=[row.pk])).status_code == 403
    assert not Consult.objects.exists()


def test_ask_again_after_an_abstention() -> None:
    row = abstained()
    as_user("dr-adeyemi").post(reverse("disagreements:consult", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == State.CONSULTING and row.arbitrations.count() == 2


def test_withdraw_while_the_consult_runs_cancels_it() -> None:
    row, consult, _ = running()
    page = as_user("dr-brandt").post(reverse("disagreements:withdraw", args=[row.pk]), follow=True).content.decode()
    consult.refresh_from_db()
    assert consult.state == "cancelled" and "Withdrawn" in page


def test_changed_record_is_pointed_out() -> None:
    row = revealed()
    row.case.problems.create(name="pulmonary embolism")
    assert "record has changed since the opinions were opened" in text("dr-adeyemi", row)


def test_history_is_in_the_words_of_the_log() -> None:
    page = text("dr-adeyemi", decided())
    history = page.split(">History<", 1)[1]
    for words in ("Disagreement opened", "Opinion sealed", "Opinions revealed", "Consult requested", "Advice given", "Decision made"):
        assert words in history


def test_printing_is_logged() -> None:
    row = advised()
    response = as_user("dr-adeyemi").post(reverse("disagreements:print", args=[row.pk]))
    assert response.url.endswith("?print")
    assert Entry.objects.filter(act="page.printed", actor="dr-adeyemi").exists()


def test_two_doctors_see_which_plan_is_theirs() -> None:
    row = revealed()
    assert user("dr-brandt").pk == row.second_id
    page = text("dr-brandt", row)
    assert 'class="plan y mine"' in page and 'class="plan x"' in page
