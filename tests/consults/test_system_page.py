"""The system page: who may see it, and that nothing that hangs or is missing keeps it from being shown."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.consults import state_of
from clinic.consults.models import Consult, State
from clinic.consults.state_of import Look
from clinic.consults.system_views import beside_baselines, flat
from inference.types import Identity
from models.catalogue import Card, UnknownModel
from tests.cast import as_user

pytestmark = pytest.mark.django_db
FIGURES = {"unseen": {"outcome_right": 0.83, "baselines": {"order": 0.5}}, "seeds": [1, 2], "runs": [{"loss": 1.5}]}
CARD = Card(name="small", demonstration=True, can="Weigh two plans.", cannot="Know medicine.", figures=FIGURES, parameters=4_000_000)


@pytest.fixture(autouse=True)
def a_card() -> Any:
    with mock.patch("clinic.wiring.card", return_value=CARD):
        yield


@pytest.fixture
def administrator() -> Client:
    return as_user("admin-moreau")


def shown(client: Client) -> Any:
    return client.get(reverse("system:state"))


@pytest.mark.parametrize("who", ["admin-moreau", "auditor-osei"])
def test_it_works(who: str) -> None:
    page = shown(as_user(who))
    assert page.status_code == 200
    for text in ("Weigh two plans.", "Know medicine.", "Not for care.", "Outcome right", "83 %"):
        assert text in page.text


@pytest.mark.parametrize("who", ["dr-adeyemi", "dr-castillo", "nurse-kim", "pharmacist-sato", "editor-lindqvist", "integrator-fhir"])
def test_others_are_refused(who: str) -> None:
    assert shown(as_user(who)).status_code == 403


def test_nothing_runs_and_the_page_says_what_to_do(administrator: Client) -> None:
    page = shown(administrator)
    by_name = {look.name: look for look in page.context["page"].looks}
    assert not by_name["Model host"].well
    assert all(look.well or look.todo for look in by_name.values())


def test_missing_card_is_said(administrator: Client) -> None:
    with mock.patch("clinic.wiring.card", side_effect=UnknownModel("No model is bundled with this copy.")):
        assert "No model is bundled" in shown(administrator).text


def test_card_of_a_real_model_is_no_demonstration(administrator: Client) -> None:
    with mock.patch("clinic.wiring.card", return_value=replace(CARD, demonstration=False, figures={})):
        page = shown(administrator).text
    assert "Demonstration model</span>" not in page
    assert "no measured figures" in page


def test_running_engine_shows_its_identity(administrator: Client) -> None:
    identity = Identity(model="small", digest="ab" * 32, engine="llama-cpp-python 0.3.36", template="r1 0123", context=4096)
    engine = mock.Mock(ready=lambda: True, identity=lambda: identity, metrics=lambda: {"slots_busy": 2.0})
    with mock.patch("clinic.wiring.engine", return_value=engine):
        page = shown(administrator).text
    assert "llama-cpp-python 0.3.36" in page
    assert "Samples now" in page


def test_process_that_hangs_does_not_hang_the_page() -> None:
    over = threading.Event()
    stuck = mock.Mock(side_effect=lambda: over.wait(60))
    looks = {"stuck": ("Stuck", stuck)}
    try:
        first = state_of._side_by_side(looks, patience=0.2)
        second = state_of._side_by_side(looks, patience=0.2)
        assert stuck.call_count == 1, "the first look was waited for"
    finally:
        over.set()
    assert [look.well for look in (*first, *second)] == [False, False]


def test_look_that_breaks_is_a_finding() -> None:
    def broken() -> Look:
        raise RuntimeError("no such thing")

    (look,) = state_of._side_by_side({"broken": ("Broken", broken)})
    assert (look.well, look.says) == (False, "no such thing")


def test_queue_is_counted_from_the_rows() -> None:
    ago = timezone.now() - timedelta(minutes=1)
    for state, lease in ((State.QUEUED, None), (State.QUEUED, None), (State.RUNNING, ago), (State.ADVISED, None)):
        Consult.objects.create(kind="arbitration", brief={}, state=state, requested_by="dr-adeyemi", lease_until=lease)
    queue = state_of.queue()
    assert {state: count for state, _, count in queue.counts if count} == {"queued": 2, "running": 1, "advised": 1}
    assert queue.waiting_since is not None
    assert queue.lapsed == 1


def test_missing_index_is_said(administrator: Client, settings: Any, tmp_path: Any) -> None:
    settings.INDEX = tmp_path / "nowhere"
    page = shown(administrator)
    assert not page.context["page"].shelf.index.well
    assert "none published" in page.text


def test_figures_of_any_shape_become_rows() -> None:
    assert list(flat(FIGURES)) == [
        ("", "seeds", "1, 2"),
        ("unseen", "outcome right", "83 %"),
        ("unseen: baselines", "order", "50 %"),
        ("runs 1", "loss", "1.5"),
    ]


def test_score_is_shown_beside_the_best_shallow_baseline(administrator: Client) -> None:
    figures = {"outcome_right": 0.4, "baselines": {"majority": 0.3, "mention_counts": 0.5}}
    assert beside_baselines(figures) == "Right in 40 % of the measured cases; the best shallow reader (mention counts) in 50 %."
    with mock.patch("clinic.wiring.card", return_value=replace(CARD, figures=figures)):
        assert "the best shallow reader (mention counts)" in shown(administrator).text


@pytest.mark.parametrize(
    "figures", [{}, {"outcome_right": 0.4}, {"outcome_right": "?", "baselines": {"a": 1}}, {"outcome_right": 0.4, "baselines": {}}]
)
def test_score_without_baselines_says_nothing_beside(figures: dict[str, Any]) -> None:
    assert beside_baselines(figures) == ""
