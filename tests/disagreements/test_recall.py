"""What becomes of a consult whose source ends: the doctors are told, the page says so, and no consult ends on it."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from clinic.consults import actions as consults
from clinic.consults.models import Citation, ConsultOutcome
from clinic.consults.recall import cited
from clinic.disagreements import actions
from clinic.disagreements.models import Decision
from clinic.knowledge import life, publishing, queue, standing
from clinic.knowledge.models import PassageRow, Source, SourceVersion, VersionState
from clinic.knowledge.recall import uses
from clinic.people.models import Notification
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.outcome import Advice, Outcome, Stability
from retrieval.types import Hit
from tests.cast import as_user, user
from tests.disagreements.builders import advised, claims, concluded, passages, running

pytestmark = pytest.mark.django_db
EDITOR = "editor-lindqvist"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "send", lambda kind, pk: False)


@pytest.fixture
def version() -> SourceVersion:
    """The source of the passages that the builders' consult cites, in force."""
    source = Source.objects.create(slug="guideline", title="Guideline")
    row = SourceVersion.objects.create(
        source=source, version="1", organisation="Test", language="en", state=VersionState.PUBLISHED, text="", digest="d" * 64
    )
    PassageRow.objects.bulk_create(PassageRow(id=p.id, version=row, place=n, body=p.model_dump(mode="json")) for n, p in enumerate(passages()))
    return row


def told() -> set[str]:
    return set(Notification.objects.values_list("user__username", flat=True))


def test_it_works(version: SourceVersion) -> None:
    row = advised()
    assert life.withdraw(version, "A dose is wrong.", by=user(EDITOR)) == 2
    assert told() == {"dr-adeyemi", "dr-brandt"}
    doctor = as_user("dr-brandt")
    page = reverse("disagreements:page", args=[row.pk])
    assert 'data-unread="1"' in doctor.get(page).text
    shown = doctor.get(page).text
    assert "Rests on a withdrawn source" in shown and "A dose is wrong." in shown
    note = Notification.objects.get(user=user("dr-brandt"))
    assert doctor.post(reverse("people:notice", args=[note.pk])).url == page
    assert "data-unread" not in doctor.get(page).text


def test_what_a_consult_cites_is_written_with_its_outcome(version: SourceVersion) -> None:
    advised()
    outcome = ConsultOutcome.objects.get()
    assert set(outcome.citations.values_list("passage", flat=True)) == cited(outcome.conclusion) != set()


def test_outcomes_of_before_the_table_are_found_too(version: SourceVersion) -> None:
    advised()
    known = list(Citation.objects.order_by("passage").values_list("passage", "outcome"))
    Citation.objects.all().delete()
    assert not uses([p.id for p in passages()], "demo")
    before: Any = import_module("clinic.consults.migrations.0006_citations_of_before")
    for _ in range(2):  # broken off and run again
        before.note(apps, None)
        assert list(Citation.objects.order_by("passage").values_list("passage", "outcome")) == known != []


def test_a_notification_names_no_patient(version: SourceVersion) -> None:
    row = advised()
    life.withdraw(version, "A dose is wrong.", by=user(EDITOR))
    text = Notification.objects.values_list("text", flat=True)[0]
    assert "A dose is wrong." in text
    for secret in (row.case.name, row.case.number, row.question):
        assert secret not in text


def test_nobody_opens_anothers_notification(version: SourceVersion) -> None:
    advised()
    life.withdraw(version, "Wrong.", by=user(EDITOR))
    note = Notification.objects.get(user=user("dr-brandt"))
    assert as_user("dr-castillo").post(reverse("people:notice", args=[note.pk])).status_code == 404
    assert "Nothing yet" in as_user("dr-castillo").get(reverse("people:notices")).text


@pytest.mark.parametrize(("days", "people"), [(1, 2), (400, 0)], ids=["lately decided", "long decided"])
def test_doctors_are_told_while_it_can_still_matter(days: int, people: int, version: SourceVersion) -> None:
    row = advised()
    actions.decide(row, "x", by=row.first)
    Decision.objects.update(made_at=timezone.now() - timedelta(days=days))
    assert life.withdraw(version, "Wrong.", by=user(EDITOR)) == people


def test_a_withdrawn_disagreement_tells_nobody(version: SourceVersion) -> None:
    row = advised()
    actions.withdraw(row, by=row.first)
    assert life.withdraw(version, "Wrong.", by=user(EDITOR)) == 0


def test_the_source_lists_what_rests_on_it_with_its_decision(version: SourceVersion) -> None:
    row = advised()
    actions.decide(row, "x", by=row.first)
    (use,) = uses([p.id for p in passages()], "demo")
    assert (use.decided, use.address) == ("Plan X", reverse("disagreements:page", args=[row.pk]))
    where = reverse("knowledge:source", args=["guideline"])
    assert use.address in as_user("dr-novak").get(where).text
    assert "Decided: Plan X" in as_user(EDITOR).get(where).text
    assert use.address not in as_user(EDITOR).get(where).text, "an editor reads no disagreements"
    assert not uses([p.id for p in passages()], "other")


def test_nothing_withdrawn_is_found_though_the_index_holds_it(version: SourceVersion) -> None:
    class Index:
        """An index published before the withdrawal."""

        digest = "old"

        def search(self, query: str, limit: int = 12, language: str | None = None) -> list[Hit]:
            return [Hit(passage=one, score=1.0) for one in passages()]

    index: Any = Index()
    assert len(standing.search(index, "apixaban")) == 2
    life.withdraw(version, "Wrong.", by=user(EDITOR))
    assert standing.search(index, "apixaban") == []
    assert publishing.Publication.objects.count() == 1, "the next generation is asked for"


def test_a_consult_does_not_end_on_a_source_that_was_withdrawn_meanwhile(version: SourceVersion) -> None:
    row, consult, lease = running()
    (for_x, _, _) = claims(Evidence.of(passages()))
    advice = Advice(outcome=Outcome.SUPPORTS_X, stability=Stability(runs=4, agree=4, orders_agree=True), claims=(for_x,))
    life.withdraw(version, "A dose is wrong.", by=user(EDITOR))
    with pytest.raises(consults.SourceEnded, match="withdrawn while this consult ran"):
        concluded(row, lease, advice)
    assert not ConsultOutcome.objects.exists()
    consults.fail(lease, "again", counts=False)
    consult.refresh_from_db()
    assert (consult.state, consult.attempts) == ("queued", 0)
