"""The life of a source: each step by whom it may be done, what it writes, and what it refuses with which sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.audit.verify import verify
from clinic.knowledge import actions, life, publishing
from clinic.knowledge.describing import lacking
from clinic.knowledge.lease import claim_publishing
from clinic.knowledge.life import Refused
from clinic.knowledge.mending import kept, units
from clinic.knowledge.models import (
    PassageRow,
    Publication,
    SourceVersion,
    UnitMark,
    Upload,
    VersionState,
)
from clinic.people.models import Notification
from tests.cast import user
from tests.knowledge.builders import EDITOR, PHARMACIST, acts, approved, guideline, proposed, read

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    upload = read()
    assert (upload.state, upload.meta["title"], upload.meta["version"]) == ("read", "Anticoagulation on our wards", "1")
    assert [(one.passage.label, one.passage.strength) for one in units(upload)][:2] == [("R1", "strong"), ("R2", "conditional")]
    life.propose(upload, "Please look at R1.", by=user(PHARMACIST))
    version = life.approve(upload, "Checked.", by=user(EDITOR))
    assert (version.source_id, version.version, version.state, version.approved_by) == ("ward-af", "1", "approved", EDITOR)
    assert PassageRow.objects.filter(version=version).count() == 3
    assert Publication.objects.get().why == "Approved: Anticoagulation on our wards, version 1"
    assert acts(f"upload:{upload.pk}") == ["uploaded", "read", "proposed", "approved"]
    assert verify().sound


# Mending ------------------------------------------------------------------------------------------------------------------------


def test_a_unit_is_left_out_or_said_to_be_no_recommendation() -> None:
    upload, by = read(), user(PHARMACIST)
    life.mark(upload, 0, "demote", "It is an example", by=by)
    life.mark(upload, 2, "drop", "Not about our patients", by=by)
    found = units(upload)
    assert [(one.passage.kind, one.passage.strength, one.dropped) for one in found] == [
        ("narrative", "ungraded", False), ("recommendation", "conditional", False), ("narrative", "ungraded", True)
    ]  # fmt: skip
    assert [one.label for one in kept(found)] == ["R1", "R2"]
    life.unmark(upload, 0, by=by)
    assert units(upload)[0].passage.strength == "strong"


def test_a_whole_section_is_left_out_at_once() -> None:
    upload = read()
    assert life.mark(upload, 0, "drop", "Outdated", by=user(PHARMACIST), section=True) == 2
    assert [one.dropped for one in units(upload)] == [True, True, False]


@pytest.mark.parametrize(
    ("place", "act", "reason", "words"),
    [
        (0, "drop", " ", "why unit 1"),
        (99, "drop", "x", "no unit 100"),
        (0, "paint", "x", "left out"),
        (2, "demote", "x", "no recommendation already"),
    ],
    ids=["reason", "place", "act", "kind"],
)
def test_a_correction_that_means_nothing_is_refused(place: int, act: str, reason: str, words: str) -> None:
    upload = read()
    with pytest.raises(Refused, match=words):
        life.mark(upload, place, act, reason, by=user(PHARMACIST))
    assert not UnitMark.objects.exists()


def test_new_words_make_new_units() -> None:
    upload = read()
    life.describe(upload, {"title": "Blood thinners", "organisation": "Ward 4"}, by=user(PHARMACIST))
    assert {(one.passage.title, one.passage.organisation) for one in units(upload)} == {("Blood thinners", "Ward 4")}


def test_what_is_missing_is_said_before_it_can_be_proposed() -> None:
    upload = read(b"# A rule\n\nGive apixaban to adults with atrial fibrillation.\n", "rule.md")
    assert any("organisation is missing" in one for one in lacking(upload, 1))
    with pytest.raises(Refused, match="organisation is missing"):
        life.propose(upload, by=user(PHARMACIST))


def test_a_version_that_exists_needs_another_name() -> None:
    approved()
    upload = read(guideline(months=3))
    assert any("is in the library already" in one for one in lacking(upload, 3))


# Deciding -----------------------------------------------------------------------------------------------------------------------


def test_whoever_brought_it_in_cannot_approve_it() -> None:
    upload = proposed()
    for decide in (life.approve, lambda one, by: life.give_back(one, "No.", by=by)):
        with pytest.raises(Refused, match="second editor or pharmacist"):
            decide(upload, by=user(PHARMACIST))
    assert not SourceVersion.objects.exists()


def test_whoever_proposed_it_cannot_approve_it() -> None:
    upload = read(by=PHARMACIST)
    life.propose(upload, by=user(EDITOR))
    with pytest.raises(Refused, match="second editor or pharmacist"):
        life.approve(upload, by=user(EDITOR))


def test_the_database_itself_refuses_approval_by_the_uploader() -> None:
    upload = approved().upload
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(decided_by=upload.uploaded_by)


@pytest.mark.parametrize("who", ["dr-adeyemi", "nurse-kim", "admin-moreau"])
def test_nobody_else_approves(who: str) -> None:
    with pytest.raises(PermissionDenied):
        life.approve(proposed(), by=user(who))


def test_returned_with_a_reason_mended_and_approved() -> None:
    upload = proposed()
    with pytest.raises(Refused, match="what has to be mended"):
        life.give_back(upload, " ", by=user(EDITOR))
    life.give_back(upload, "R2 is too frequent.", by=user(EDITOR))
    assert (upload.state, upload.comment) == ("returned", "R2 is too frequent.")
    assert "R2 is too frequent." in Notification.objects.get(user=user(PHARMACIST)).text
    life.mark(upload, 1, "drop", "As said", by=user(PHARMACIST))
    life.propose(upload, by=user(PHARMACIST))
    assert life.approve(upload, by=user(EDITOR)).passages.count() == 2


def test_what_is_proposed_is_not_changed_any_more() -> None:
    upload = proposed()
    for change in (
        lambda: life.mark(upload, 0, "drop", "x", by=user(PHARMACIST)),
        lambda: life.describe(upload, {"title": "Other"}, by=user(PHARMACIST)),
        lambda: life.cancel(upload, by=user(PHARMACIST)),
    ):
        with pytest.raises(Refused, match="cannot be done now"):
            change()
    life.take_back(upload, by=user(PHARMACIST))
    life.mark(upload, 0, "drop", "x", by=user(PHARMACIST))


def test_approving_twice_makes_one_version() -> None:
    upload = proposed()
    life.approve(upload, by=user(EDITOR))
    with pytest.raises(Refused):
        life.approve(upload, by=user(EDITOR))
    assert SourceVersion.objects.count() == 1


# Taking effect and ending -------------------------------------------------------------------------------------------------------


def held() -> set[str]:
    return {f"{one.source_id} {one.version}" for one in actions.due()}


def settled() -> None:
    actions.settle(actions.due())


def test_a_newer_version_supersedes_on_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    today = timezone.localdate()
    monkeypatch.setattr(timezone, "localdate", lambda *_: today)
    first = approved()
    settled()
    tomorrow = today + timedelta(days=1)
    second = approved(guideline(version="2", effective=tomorrow.isoformat(), drug="edoxaban"))
    assert Publication.objects.count() == 1, "the first one's; the second waits for its day"
    settled()
    first.refresh_from_db()
    assert (held(), first.state) == ({"ward-af 1"}, VersionState.PUBLISHED)
    monkeypatch.setattr(timezone, "localdate", lambda *_: tomorrow)
    assert held() == {"ward-af 2"}
    Publication.objects.all().delete()
    assert publishing.ask_if_needed() is not None
    assert publishing.ask_if_needed() is None, "one waits already"
    settled()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (VersionState.SUPERSEDED, VersionState.PUBLISHED)
    assert "superseded" in acts("source:ward-af")


def test_withdrawing_needs_a_reason_and_takes_effect_at_once() -> None:
    version = approved()
    settled()
    with pytest.raises(Refused, match="why it is withdrawn"):
        life.withdraw(version, "  ", by=user(EDITOR))
    life.withdraw(version, "A dose is wrong.", by=user(EDITOR))
    assert (version.state, version.reason, version.ended_by) == ("withdrawn", "A dose is wrong.", EDITOR)
    assert held() == set()
    assert version.passages.count() == 3, "withdrawn, never deleted"
    with pytest.raises(Refused, match="withdrawn already"):
        life.withdraw(version, "Again", by=user(EDITOR))


def test_the_version_before_does_not_come_back_by_itself() -> None:
    approved()
    settled()
    second = approved(guideline(version="2", effective="2026-02-01", drug="edoxaban"))
    settled()
    life.withdraw(second, "A dose is wrong.", by=user(EDITOR))
    settled()
    assert held() == set()


def test_a_withdrawn_file_may_come_in_again_under_another_version() -> None:
    life.withdraw(approved(), "By mistake.", by=user(EDITOR))
    upload = read()
    life.describe(upload, {"version": "1.1"}, by=user(PHARMACIST))
    life.propose(upload, by=user(PHARMACIST))
    assert life.approve(upload, by=user(EDITOR)).version == "1.1"


def test_two_publications_at_once_are_one_after_the_other() -> None:
    first = publishing.ask("one", by="system:test")
    assert publishing.ask("two", by="system:test").pk == first.pk
    assert claim_publishing(first.pk)
    second = publishing.ask("three", by="system:test")
    assert second.pk != first.pk
    assert claim_publishing(second.pk) is None
    assert claim_publishing(first.pk) is None
