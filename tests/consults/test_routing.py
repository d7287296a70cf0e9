"""Which model a kind is put to: the newest choice, made by an administrator with a reason, of a model that is here; consults keep theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from clinic import wiring
from clinic.audit.models import Entry
from clinic.consults import actions, fitness, routing
from clinic.consults.models import Consult, Route, State
from clinic.reasoning.arbitration.run import Brief
from inference.types import BUDGETS, Effort
from models.catalogue import default
from tests.cast import user
from tests.reasoning.builders import dispute, item, plan

pytestmark = pytest.mark.django_db
REASON = "62 of 80 unseen cases right, evaluation of 3 May"


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "send", lambda consult_id: False)


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> str:
    """Another model that is here: the bundled one under a second name."""
    known = {**wiring.cards(), "second": replace(default(), name="second", demonstration=False)}
    monkeypatch.setattr(wiring, "cards", lambda fresh=False: known)
    return "second"


def choose(model: str, effort: Effort = Effort.LOW, reason: str = REASON, who: str = "admin-moreau") -> Route:
    return actions.choose_model("arbitration", model, effort, reason, by=user(who))


def ask() -> Consult:
    brief = Brief(dispute=dispute(plan(item("apixaban")), plan(item("warfarin"))))
    return actions.request("arbitration", brief, by=user("dr-adeyemi"), hospital="demo")


def test_it_works(second: str) -> None:
    assert routing.chosen("arbitration").model == default().name
    choose(second)
    choice = routing.chosen("arbitration")
    assert (choice.model, choice.effort) == (second, Effort.LOW)
    assert choice.row and (choice.row.reason, choice.row.by) == (REASON, "admin-moreau")


def test_the_log_has_the_choice_and_not_its_words(second: str) -> None:
    choose(second)
    entry = Entry.objects.get(act="model.chosen")
    assert entry.subject == "kind:arbitration" and second in entry.body and REASON not in entry.body


def test_earlier_choices_stay_as_history(second: str) -> None:
    choose(second)
    choose(default().name)
    assert [row.model for row in routing.history("arbitration")] == [default().name, second]


def test_a_consult_keeps_the_model_of_its_request(second: str) -> None:
    choose(second, Effort.OFF)
    consult = ask()
    choose(default().name, Effort.HIGH)
    consult.refresh_from_db()
    assert routing.asked(consult) == (second, Effort.OFF)
    assert (ask().model, ask().effort) == (default().name, "high")


def test_the_request_s_entry_names_model_and_effort(second: str) -> None:
    choose(second)
    ask()
    assert '"model":"second"' in Entry.objects.get(act="consult.requested").body


def test_a_model_stays_in_use_until_its_last_consult_has_ended(second: str) -> None:
    choose(second)
    consult = ask()
    choose(default().name)
    assert routing.in_use() == (default().name, second)
    Consult.objects.filter(pk=consult.pk).update(state=State.ABSTAINED)
    assert routing.in_use() == (default().name,)


@pytest.mark.parametrize("who", ["auditor-osei", "dr-adeyemi", "dr-castillo", "pharmacist-sato", "editor-lindqvist", "integrator-fhir"])
def test_only_an_administrator_chooses(who: str, second: str) -> None:
    with pytest.raises(PermissionDenied):
        choose(second, who=who)
    assert not Route.objects.exists()


@pytest.mark.parametrize(
    ("model", "reason", "says"),
    [
        ("r1-distill-qwen-7b", REASON, "manage.py models"),
        ("r1-distill-qwen-8b", REASON, "no model 'r1-distill-qwen-8b'"),
        ("r1-671b", REASON, "needs a model server"),
        ("all-minilm-l6-v2", REASON, "does not write text"),
        ("consilium-arbiter-4m", "because", "at least 20 characters"),
        ("consilium-arbiter-4m", " " * 40, "at least 20 characters"),
    ],
    ids=["file missing", "unknown", "behind a server", "an embedder", "short reason", "blank reason"],
)
def test_what_cannot_be_chosen_says_why(model: str, reason: str, says: str) -> None:
    with pytest.raises(actions.Refused, match=says):
        choose(model, reason=reason)
    assert not Route.objects.exists() and not Entry.objects.filter(act="model.chosen").exists()


def test_an_unpinned_file_cannot_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"loose": replace(default(), name="loose", sha256="")}
    monkeypatch.setattr(wiring, "cards", lambda fresh=False: known)
    with pytest.raises(actions.Refused, match="not pinned"):
        choose("loose")


def test_a_machine_that_cannot_hold_both_refuses_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    big, large = (replace(default(), name=name, memory=9_000_000_000, folder="") for name in ("big", "large"))
    monkeypatch.setattr(fitness, "room", lambda: 10_000_000_000)
    monkeypatch.setattr(wiring, "cards", lambda fresh=False: {"big": big, "large": large})
    monkeypatch.setattr(wiring, "weights_of", lambda card: "here")
    assert "large needs 9.00 GB beside big (9.00 GB); this machine has 10.00 GB" in fitness.refusal("large", {"big"})
    assert fitness.refusal("large") == ""


def test_bundled_models_fit_any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitness, "room", lambda: 0)
    assert fitness.refusal(default().name) == ""


def test_demonstration_is_what_the_routes_say(second: str) -> None:
    assert routing.demonstration()
    choose(second)
    assert not routing.demonstration()


def test_server_s_models_go_by_the_server_s_names(settings: Any) -> None:
    settings.ENGINE_URL, settings.MODEL = "http://127.0.0.1:9/v1", "deepseek-r1"
    assert routing.chosen("arbitration").model == "deepseek-r1"
    assert not routing.demonstration()
    with pytest.raises(actions.Refused, match="The model server was asked for 'qwen'"):
        choose("qwen")


@pytest.mark.parametrize("effort", list(Effort))
def test_every_effort_has_a_budget_and_its_reason(effort: Effort) -> None:
    assert len(BUDGETS[effort].reason) > 40
    assert (BUDGETS[effort].tokens == 0) is (effort is Effort.OFF)
