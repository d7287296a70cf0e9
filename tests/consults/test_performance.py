"""Samples, their plots and `/metrics`: who may read them, what they say, that a host that is silent holds nothing up."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from clinic.axes import ceiling
from clinic.consults import gauges, hosts, performance, sampling
from clinic.consults.curves import Point, draw
from clinic.consults.hosts import Sight
from clinic.consults.models import Consult, ConsultOutcome, Sample, State
from clinic.consults.performance import grown
from models.catalogue import default
from tests.cast import as_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
SAID = {
    "slots": 8.0, "slots_busy": 3.0, "queue": 1.0, "tokens_per_second": 41.5, "first_token_seconds_p50": 0.2, "first_token_seconds_p95": 0.9,
    "between_tokens_seconds_p50": 0.02, "between_tokens_seconds_p99": 0.08, "think_tokens_mean": 210.0, "resident_bytes": 2.5e8,
    "uptime_seconds": 60.0, "tokens_total": 900.0, "cancelled_total": 2.0, "finished_loop_total": 1.0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def nobody_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "_asked", {})


@pytest.fixture
def host_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "_ask", lambda model: dict(SAID))
    hosts.note(default().name, Sight(pid=5, ready=True, crashes=2, recycled=1), Sight())


def consult(state: State, **fields: Any) -> Consult:
    return Consult.objects.create(kind="arbitration", brief={}, state=state, requested_by="dr-adeyemi", **fields)


def scraped(client: Client | None = None, **headers: Any) -> dict[tuple[str, str], float]:
    """(name, its labels) -> value, read as Prometheus reads it."""
    response = (client or Client()).get("/metrics", **headers)
    assert response.status_code == 200 and response["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(response.content.decode())
    return {(one.name, ",".join(f"{k}={v}" for k, v in sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_it_works(host_answers: None) -> None:
    consult(State.QUEUED)
    done = consult(State.ABSTAINED)
    ConsultOutcome.objects.create(consult=done, conclusion={"outcome": "supports_x"}, versions={}, seconds=12.5, digest="")
    found, model = scraped(), f"model={default().name}"
    assert found["consilium_consults", "state=queued"] == 1 and found["consilium_oldest_waiting_seconds", ""] >= 0
    assert found["consilium_host_up", model] == 1 and found["consilium_host_slots_busy", model] == 3
    assert found["consilium_host_first_token_seconds", f"{model},quantile=0.95"] == 0.9
    assert found["consilium_host_between_tokens_seconds", f"{model},quantile=0.99"] == 0.08
    assert found["consilium_host_restarts_total", f"{model},why=crash"] == 2
    assert found["consilium_host_cancelled_total", model] == 2 and found["consilium_host_refused_total", model] == 0
    assert found["consilium_outcomes_total", "kind=arbitration,outcome=supports_x"] == 1
    assert found["consilium_host_samples_total", f"finish=loop,{model}"] == 1 and found["consilium_host_samples_total", f"finish=stop,{model}"] == 0
    assert found["consilium_consult_seconds_bucket", "le=10.0"] == 0 and found["consilium_consult_seconds_bucket", "le=20.0"] == 1
    assert found["consilium_consult_seconds_sum", ""] == 12.5
    assert ("consilium_log_entries_total", "") in found and ("consilium_index_passages", "") in found


def test_names_of_people_are_in_no_label(host_answers: None) -> None:
    consult(State.QUEUED)
    assert "adeyemi" not in Client().get("/metrics").content.decode()


def test_a_silent_host_is_down_and_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(model: str) -> dict[str, float]:
        raise OSError("no such socket")

    monkeypatch.setattr(gauges, "_ask", breaks)
    found = scraped()
    assert found["consilium_host_up", f"model={default().name}"] == 0
    assert not [name for name, _ in found if name == "consilium_host_slots"]


def test_a_host_that_hangs_is_asked_once_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked at every scrape, it would soon have every thread waiting for it, and the others would seem down."""
    monkeypatch.setattr(gauges, "PATIENCE_S", 0.05)
    monkeypatch.setattr(gauges.routing, "in_use", lambda: ("hangs", "well"))
    over, asked = threading.Event(), []

    def ask(model: str) -> dict[str, float]:
        asked.append(model)
        if model == "hangs":
            over.wait(60)
        return dict(SAID)

    monkeypatch.setattr(gauges, "_ask", ask)
    for _ in range(20):
        assert gauges.model_hosts()["hangs"]["up"] == 0
    assert asked.count("hangs") == 1
    over.set()
    monkeypatch.setattr(gauges, "PATIENCE_S", 30.0)
    assert gauges.model_hosts()["well"]["up"] == 1


@pytest.mark.parametrize(
    ("token", "extra", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "::1"}, 200),
        ("", {"REMOTE_ADDR": "10.0.0.7"}, 403),
        ("", {"HTTP_X_FORWARDED_FOR": "10.0.0.7"}, 403),
        ("", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ("s3cret", {}, 403),
        ("s3cret", {"HTTP_AUTHORIZATION": "Bearer wrong"}, 403),
        ("s3cret", {"HTTP_AUTHORIZATION": "Bearer s3crét"}, 403),
        ("s3cret", {"HTTP_AUTHORIZATION": "Bearer s3cret", "REMOTE_ADDR": "10.0.0.7"}, 200),
    ],
    ids=["here", "here, IPv6", "elsewhere", "through a proxy", "a proxy that lies", "no token", "wrong token", "foreign letters", "token"],
)
def test_who_may_scrape(token: str, extra: dict[str, str], status: int, settings: Any, host_answers: None) -> None:
    settings.METRICS_TOKEN = token
    assert Client().get("/metrics", **extra).status_code == status


@pytest.mark.parametrize(("who", "status"), [("admin-moreau", 200), ("auditor-osei", 200), ("dr-adeyemi", 403), ("nurse-kim", 403)])
def test_sessions_that_may_scrape(who: str, status: int, settings: Any, host_answers: None) -> None:
    settings.METRICS_TOKEN = "s3cret"
    assert as_user(who).get("/metrics").status_code == status


def test_a_sample_holds_house_and_hosts_and_a_day_is_kept(host_answers: None) -> None:
    consult(State.QUEUED)
    sampling.take()
    house, host = Sample.objects.order_by("host")
    assert house.figures["queued"] == 1 and host.host == default().name
    assert host.figures["tokens_per_second"] == 41.5 and host.figures["crashes"] == 2 and "tokens_total" not in host.figures
    Sample.objects.filter(pk=house.pk).update(at=timezone.now() - timedelta(hours=25))
    assert sampling.prune() == 1 and Sample.objects.get() == host


@pytest.mark.parametrize("who", ["admin-moreau", "auditor-osei"])
def test_the_page_plots_what_was_sampled(who: str, host_answers: None) -> None:
    for minutes in (2, 1, 0):
        sampling.take()
        newest = Sample.objects.order_by("-pk")[:2]
        Sample.objects.filter(pk__in=[row.pk for row in newest]).update(at=timezone.now() - timedelta(minutes=minutes))
    page = as_user(who).get(reverse("system:performance")).content.decode()
    for plot in performance.PLOTS.values():
        assert plot.title in page
    assert "41.5" in page and "900 ms" in page and "250 MB" in page and "210" in page
    assert 'class="c0" d="M' in page and "style=" not in page


def test_the_empty_page_says_who_measures() -> None:
    for span in ("hour", "day", "nonsense"):
        page = as_user("admin-moreau").get(reverse("system:performance"), {"span": span}).content.decode()
        assert "the sweeper takes a look every ten seconds" in page and "Nothing measured yet" in page


@pytest.mark.parametrize("who", ["dr-adeyemi", "dr-castillo", "nurse-kim", "pharmacist-sato", "editor-lindqvist", "integrator-fhir"])
def test_others_see_no_plots(who: str) -> None:
    assert as_user(who).get(reverse("system:performance")).status_code == 403


def points(*values: float, every: float = 30.0) -> list[Point]:
    return [(NOON + timedelta(seconds=15 + n * every), value) for n, value in enumerate(values)]


def drawn(series: dict[str, list[Point]], **more: Any) -> Any:
    return draw(series, NOON, NOON + timedelta(hours=1), max, performance.whole, UTC, **more)


def test_a_gap_breaks_the_line() -> None:
    values = points(1, 2, 3) + [(NOON + timedelta(minutes=30), 5.0), (NOON + timedelta(minutes=30, seconds=30), 5.0), (NOON + timedelta(minutes=50), 1.0)]
    (curve,) = drawn({"a": values}).curves
    assert len(curve.paths) == 2 and len(curve.dots) == 1


def test_the_highest_value_stands_within_the_drawing() -> None:
    drawing = drawn({"a": points(0, 7.3, 2)})
    heights = [float(pair.split()[1]) for pair in drawing.curves[0].paths[0].removeprefix("M").split("L")]
    assert min(heights) >= 12 and max(heights) == drawing.frame.floor
    assert [mark.words for mark in drawing.lines] == ["0", "4", "8"]


def test_there_is_no_half_of_a_consult() -> None:
    assert [mark.words for mark in drawn({"a": points(0, 1)}, whole=True).lines] == ["0", "1"]


def test_an_old_value_is_not_the_one_of_now_and_counts_are_summed() -> None:
    assert drawn({"a": points(3, 4)}).curves[0].now == "–"
    assert drawn({"a": points(3, 4)}, counts=True).curves[0].now == "7"


def test_the_table_says_the_same_in_a_dozen_rows() -> None:
    rows = drawn({"a": points(*range(120))}).rows
    assert len(rows) == 12 and rows[0] == ("12:55 to 13:00", ("119",)) and rows[-1] == ("12:00 to 12:05", ("9",))


def test_a_count_that_began_anew_counts_from_nought() -> None:
    assert [value for _, value in grown(points(3, 5, 5, 2, 4))] == [2, 0, 2, 2]


@pytest.mark.parametrize(("most", "top"), [(0, 1), (0.03, 0.04), (1, 1), (7.3, 8), (41.5, 60), (2.5e8, 4e8)])
def test_ceilings_are_round(most: float, top: float) -> None:
    assert ceiling(most) == pytest.approx(top)
