"""Following a consult: from rows, resumable, restarted under a new fence, never with reasoning text, ended with `done`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from clinic.consults import actions, following
from clinic.consults.following import Seen, look
from clinic.consults.lease import claim
from clinic.consults.models import Consult, State
from clinic.consults.worker import store
from clinic.disagreements import actions as disagreements
from clinic.reasoning.events import ClaimChecked, Stage, StageEntered
from clinic.reasoning.evidence import Evidence
from tests.cast import as_user, user
from tests.disagreements import builders
from tests.disagreements.builders import FOR_X, SECRET, advised, claims, consulting, events_of, passages, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "send", lambda consult_id: False)


def parse(text: str) -> list[tuple[str, int | None, dict[str, Any]]]:
    """(event, id, data) of each message."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if fields:
            found.append((fields["event"], int(fields["id"]) if "id" in fields else None, json.loads(fields["data"])))
    return found


def news(consult: Consult, after: int = 0, fence: int | None = None, state: str = "") -> list[tuple[str, int | None, dict[str, Any]]]:
    return parse("".join(look(consult.pk, Seen(after, fence, state)).lines))


def stream(username: str, consult: Consult, **headers: str) -> Any:
    """The whole response; only for consults that have ended."""
    reader = user(username)

    async def read() -> Any:
        client = AsyncClient()
        await client.aforce_login(reader)
        response = await client.get(reverse("consults:events", args=[consult.pk]), headers=headers)
        if response.status_code != 200:
            return response, ""
        body: AsyncIterator[bytes] = response.streaming_content
        return response, b"".join([part async for part in body]).decode()

    return asyncio.run(read())


def test_it_works() -> None:
    row = advised()
    response, text = stream("dr-brandt", row.arbitrations.get().consult)
    assert response["Content-Type"].startswith("text/event-stream") and response["Cache-Control"] == "no-store"
    (progress, done) = parse(text)
    assert progress[0] == "progress" and FOR_X in progress[2]["slots"]["evidence"]
    assert done[0] == "done" and done[2]["state"] == "advised"


def test_reasoning_text_is_never_sent() -> None:
    _, text = stream("dr-adeyemi", advised().arbitrations.get().consult)
    assert SECRET not in text


def test_resumes_after_the_last_event() -> None:
    row, consult, lease = running()
    last = events_of(consult)[-1].pk
    assert news(consult, after=last, state="running") == []
    store(lease, ClaimChecked(claim=claims(Evidence.of(passages()))[0]))
    ((name, event_id, data),) = news(consult, after=last, state="running")
    assert name == "progress" and event_id is not None and event_id > last
    assert set(data["slots"]) == {"claims"} and "Apixaban is preferred." in data["slots"]["claims"]


def test_last_event_id_of_the_browser_is_obeyed() -> None:
    consult = advised().arbitrations.get().consult
    last = events_of(consult)[-1].pk
    _, text = stream("dr-adeyemi", consult, last_event_id=str(last))
    assert [name for name, _, data in parse(text) if "evidence" in data.get("slots", {})] == []
    assert parse(text)[-1][0] == "done"


@pytest.mark.parametrize("nonsense", ["abc", "-1", "9" * 40, "²"])
def test_nonsense_as_last_event_id_starts_from_the_beginning(nonsense: str) -> None:
    _, text = stream("dr-adeyemi", advised().arbitrations.get().consult, last_event_id=nonsense)
    assert parse(text)[-1][0] == "done"


def test_withheld_claims_are_counted_not_shown() -> None:
    row, consult, lease = running()
    store(lease, ClaimChecked(claim=claims(Evidence.of(passages()))[2]))
    data = news(consult)[-1][2]
    assert "1 withheld" in data["slots"]["claims"] and "It halves strokes." not in data["slots"]["claims"]


def test_new_fence_starts_afresh() -> None:
    row, consult, lease = running()
    Consult.objects.filter(pk=consult.pk).update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    again = claim(consult.pk, "another")
    assert again is not None
    store(again, StageEntered(stage=Stage.CHECKING))
    ((name, _, data),) = news(consult, after=events_of(consult)[-2].pk)
    assert name == "restart" and data["fence"] == 2
    assert "taken up again" in data["slots"]["status"] and data["slots"]["evidence"] == ""


def test_new_fence_before_its_first_event_is_told() -> None:
    row, consult, lease = running()
    Consult.objects.filter(pk=consult.pk).update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    claim(consult.pk, "another")
    assert news(consult, after=events_of(consult)[-1].pk)[0][0] == "restart"


def test_queued_consult_says_that_it_waits() -> None:
    _, consult = consulting()
    ((_, event_id, data),) = news(consult)
    assert event_id is None and "Waiting for a free place" in data["slots"]["status"]


def test_queued_consult_says_how_many_are_ahead() -> None:
    consulting()
    Consult.objects.update(requested_at=timezone.now() - timezone.timedelta(minutes=1))
    row = builders.revealed(case=builders.patient(number="T-2"))
    consult = disagreements.request_consult(row, by=row.first)
    assert "1 consult ahead" in news(consult)[0][2]["slots"]["status"]


def test_failed_attempt_is_told_with_its_reason() -> None:
    row, consult, lease = running()
    actions.fail(lease, "The model host does not answer.")
    data = news(consult, after=events_of(consult)[-1].pk, state="running")[0][2]
    assert "The model host does not answer." in data["slots"]["status"]


def test_events_arrive_while_it_runs_and_without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows written after the stream began are sent; with nobody to wake us, by looking."""
    monkeypatch.setattr(following, "POLL_SECONDS", 0.02)
    row, consult, lease = running()
    last, doctor = events_of(consult)[-1].pk, user("dr-adeyemi")

    async def read() -> list[str]:
        lines: list[str] = []
        async for line in following.follow(consult.pk, last):
            lines.append(line)
            if len(lines) == 1:
                await asyncio.to_thread(in_thread, lambda: store(lease, StageEntered(stage=Stage.VERIFYING)))
            elif len(lines) == 2:
                await asyncio.to_thread(in_thread, lambda: actions.cancel(consult, by=doctor))
        return lines

    found = parse("".join(asyncio.run(asyncio.wait_for(read(), 20))))
    assert [name for name, _, _ in found] == ["progress", "progress", "progress", "done"]
    assert "Checking every claim" in found[1][2]["say"]
    assert found[-1][2]["state"] == State.CANCELLED


def in_thread(act: Any) -> None:
    try:
        act()
    finally:
        connection.close()


def test_doctor_of_another_hospital_finds_nothing() -> None:
    response, _ = stream("dr-castillo", advised().arbitrations.get().consult)
    assert response.status_code == 404


def test_nurse_is_refused() -> None:
    response, _ = stream("nurse-kim", advised().arbitrations.get().consult)
    assert response.status_code == 403


def test_cancel_brings_both_plans_back() -> None:
    row, consult, _ = running()
    back = reverse("disagreements:page", args=[row.pk])
    response = as_user("dr-brandt").post(reverse("consults:cancel", args=[consult.pk]), {"next": back}, follow=True)
    assert response.redirect_chain[0][0] == back
    assert "The last consult was cancelled" in response.content.decode()


def test_cancel_leaves_an_ended_consult_as_it_is() -> None:
    consult = advised().arbitrations.get().consult
    as_user("dr-adeyemi").post(reverse("consults:cancel", args=[consult.pk]))
    consult.refresh_from_db()
    assert consult.state == State.ADVISED


@pytest.mark.parametrize(("username", "status"), [("dr-novak", 403), ("pharmacist-sato", 403), ("dr-castillo", 404)])
def test_cancel_is_for_the_two_doctors(username: str, status: int) -> None:
    _, consult, _ = running()
    assert as_user(username).post(reverse("consults:cancel", args=[consult.pk])).status_code == status
    consult.refresh_from_db()
    assert consult.state == State.RUNNING


def test_cancel_does_not_lead_elsewhere() -> None:
    _, consult, _ = running()
    response = as_user("dr-adeyemi").post(reverse("consults:cancel", args=[consult.pk]), {"next": "https://evil.example/"})
    assert response.url == "/"


def test_old_rows_with_fields_that_are_gone_are_read() -> None:
    row, consult, _ = running()
    event = next(e for e in events_of(consult) if e.type == "evidence")
    event.body["evidence"]["exhibits"][0]["gone"] = ["x"]
    event.save()
    assert FOR_X in news(consult)[0][2]["slots"]["evidence"]
