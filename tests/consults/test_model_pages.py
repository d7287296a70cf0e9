"""The page of the models: who sees it, who changes it, what stays typed; the card of each; the banner that follows the choice."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from clinic import wiring
from clinic.consults import hosts
from clinic.consults.hosts import Sight
from clinic.consults.models import Host, Route
from models.catalogue import cards, default
from tests.cast import as_user

pytestmark = pytest.mark.django_db
REASON = "62 of 80 unseen cases right, evaluation of 3 May"
STRIP = "Demonstration model: not for care"


def given(model: str, reason: str = REASON, effort: str = "low") -> dict[str, str]:
    return {"arbitration-model": model, "arbitration-effort": effort, "arbitration-reason": reason}


def text(who: str, name: str = "system:models", *args: Any) -> str:
    response = as_user(who).get(reverse(name, args=args))
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_it_works() -> None:
    client = as_user("admin-moreau")
    response = client.post(reverse("system:choose", args=["arbitration"]), given(default().name), follow=True)
    page = unescape(response.content.decode())
    assert "From now on arbitration is put to" in page and REASON in page and "admin-moreau" in page
    assert Route.objects.get().effort == "low"


def test_nobody_has_chosen_yet_and_the_page_says_so() -> None:
    assert "Nobody has chosen yet" in text("admin-moreau")


def test_auditor_reads_and_has_no_form() -> None:
    page = text("auditor-osei")
    assert "An administrator changes this" in page and "arbitration-reason" not in page
    assert as_user("auditor-osei").post(reverse("system:choose", args=["arbitration"]), given(default().name)).status_code == 403


@pytest.mark.parametrize("who", ["dr-adeyemi", "dr-castillo", "nurse-kim", "pharmacist-sato", "editor-lindqvist", "integrator-fhir"])
def test_others_are_refused(who: str) -> None:
    for address in (reverse("system:models"), reverse("system:model", args=[default().name])):
        assert as_user(who).get(address).status_code == 403


@pytest.mark.parametrize(
    ("model", "reason", "says"),
    [("r1-distill-qwen-7b", REASON, "cannot be chosen"), (default().name, "short", "at least 20 characters"), (default().name, "", "Give the reason")],
    ids=["file missing", "short reason", "no reason"],
)
def test_a_refused_choice_keeps_what_was_typed(model: str, reason: str, says: str) -> None:
    response = as_user("admin-moreau").post(reverse("system:choose", args=["arbitration"]), given(model, reason, "off"))
    page = unescape(response.content.decode())
    assert response.status_code == 422 and says in page
    assert f'value="{model}" selected' in page and 'value="off" selected' in page and reason in page
    assert not Route.objects.exists()


def test_unknown_kind_and_unknown_model_are_absent() -> None:
    client = as_user("admin-moreau")
    assert client.post(reverse("system:choose", args=["divination"]), given(default().name)).status_code == 404
    assert client.get(reverse("system:model", args=["r2"])).status_code == 404


@pytest.mark.parametrize("name", sorted(cards()))
def test_every_model_of_the_catalogue_has_its_card(name: str) -> None:
    page, card = text("auditor-osei", "system:model", name), cards()[name]
    assert card.can in page and card.cannot in page and card.licence in page
    assert name in text("auditor-osei")


def test_a_model_that_is_not_here_says_how_to_bring_it() -> None:
    assert "manage.py models" in text("admin-moreau", "system:model", "r1-distill-qwen-14b")


def test_host_on_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts.note(default().name, Sight(pid=77, ready=True, crashes=2, recycled=1), Sight())
    page = text("admin-moreau", "system:model", default().name)
    assert "process 77" in page and "2 after ending by itself, 1 on purpose" in page


def test_host_that_does_not_come_up_is_told() -> None:
    hosts.note(default().name, Sight(says="It was killed for want of memory."), Sight())
    assert "It was killed for want of memory." in text("admin-moreau")


def test_host_s_counters_go_on_over_the_keeper_s_restarts() -> None:
    hosts.note("m", Sight(crashes=2), Sight(crashes=1))
    hosts.note("m", Sight(crashes=1, recycled=3), Sight())
    row = Host.objects.get()
    assert (row.crashes, row.recycled) == (2, 3)


def test_banner_follows_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**wiring.cards(), "second": replace(default(), name="second", demonstration=False)}
    monkeypatch.setattr(wiring, "cards", lambda fresh=False: known)
    client = as_user("admin-moreau")
    assert STRIP in client.get(reverse("people:account")).content.decode()
    client.post(reverse("system:choose", args=["arbitration"]), given("second"))
    assert STRIP not in client.get(reverse("people:account")).content.decode()
