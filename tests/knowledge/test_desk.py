"""The knowledge desk in the browser's terms: who gets in, what each state shows, what a button does, what is refused on the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic.knowledge import actions, life
from clinic.knowledge.models import Publication, Upload
from tests.cast import CAST, as_user, user
from tests.knowledge.builders import EDITOR, PHARMACIST, approved, guideline, proposed, read, received

pytestmark = pytest.mark.django_db


@pytest.fixture
def pharmacist() -> Client:
    return as_user(PHARMACIST)


@pytest.fixture
def editor() -> Client:
    return as_user(EDITOR)


def address(upload: Upload, verb: str = "") -> str:
    return reverse("knowledge:act", args=[upload.pk, verb]) if verb else reverse("knowledge:upload", args=[upload.pk])


def bring(client: Client, *files: tuple[str, bytes]) -> Any:
    return client.post(reverse("knowledge:new"), {"files": [SimpleUploadedFile(name, data) for name, data in files]})


def test_it_works(pharmacist: Client, editor: Client) -> None:
    answer = bring(pharmacist, ("ward-af.md", guideline()))
    upload = Upload.objects.get()
    assert answer.url == address(upload)
    assert "Waits for the reader" in pharmacist.get(address(upload)).text
    upload = read()
    shown = pharmacist.get(address(upload))
    assert "What the arbiter will see" in shown.text
    assert "Offer apixaban rather than warfarin" in shown.text
    pharmacist.post(address(upload, "propose"), {"words": "New."})
    assert "Waiting for your approval" in editor.get(reverse("knowledge:desk")).text
    seen = editor.get(address(upload)).context["page"].upload.seen
    editor.post(address(upload, "approve"), {"words": "Good.", "seen": seen})
    assert "Approved by" in pharmacist.get(address(upload)).text
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("who", [name for name, (role, _) in CAST.items() if role not in ("editor", "pharmacist")])
def test_the_desk_is_for_editors_and_pharmacists(who: str) -> None:
    upload = proposed()
    client = as_user(who)
    for where in (reverse("knowledge:desk"), reverse("knowledge:new"), address(upload)):
        assert client.get(where).status_code == 403
    assert client.post(address(upload, "approve")).status_code == 403


def states() -> list[tuple[str, str]]:
    """Addresses of a page in each state, and words that stand on it."""
    waiting = received(guideline("waits", "Waits"), "waits.md")
    refused = read(b"# \xff", "broken.md")
    shown = read(guideline("read", "Read"), "read.md")
    life.mark(shown, 0, "drop", "Not ours", by=user(PHARMACIST))
    wants = proposed(guideline("wants", "Wants"))
    taken = approved(guideline("taken", "Taken")).upload
    new = [
        (reverse("knowledge:new"), "Choose files"),
        (reverse("knowledge:desk"), "Yours to mend"),
        (reverse("knowledge:coverage"), "Coverage"),
    ]
    return [
        (address(waiting), "Being read"), (address(refused), "not UTF-8"), (address(shown), "Not ours"), (address(wants), "cannot approve it"),
        (address(taken), "Approved by"), *new,
    ]  # fmt: skip


def test_every_state_has_its_page_without_inline_script_or_style(pharmacist: Client) -> None:
    for where, words in states():
        shown = pharmacist.get(where)
        assert shown.status_code == 200
        assert words in shown.text, where
        assert " style=" not in shown.text and "<style" not in shown.text and " onclick=" not in shown.text


def test_several_files_are_judged_one_by_one(pharmacist: Client) -> None:
    answer = bring(pharmacist, ("a.md", guideline()), ("b.exe", b"MZ"))
    assert answer.status_code == 422
    assert "“b.exe” cannot be read" in answer.text
    assert Upload.objects.count() == 1


def test_no_file_is_said(pharmacist: Client) -> None:
    assert "Choose at least one file" in pharmacist.post(reverse("knowledge:new")).text


def test_the_same_file_twice_leads_to_the_same_page(pharmacist: Client) -> None:
    assert bring(pharmacist, ("a.md", guideline())).url == bring(pharmacist, ("b.md", guideline())).url


def test_a_refusal_comes_back_with_its_sentence(pharmacist: Client) -> None:
    upload = proposed()
    answer = pharmacist.post(address(upload, "approve"), follow=True)
    assert "cannot decide on it" in answer.text
    upload.refresh_from_db()
    assert upload.state == "proposed"


def test_a_decision_on_a_page_that_is_out_of_date_is_refused(editor: Client) -> None:
    upload = proposed()
    stale = editor.get(address(upload)).context["page"].upload.seen
    life.take_back(upload, by=upload.uploaded_by)
    life.mark(upload, 0, "drop", "Outdated", by=upload.uploaded_by)
    life.propose(upload, by=upload.uploaded_by)
    for verb, words in (("approve", "Good."), ("return", "Mend it.")):
        for seen in ({"seen": stale}, {}):
            answer = editor.post(address(upload, verb), {"words": words, **seen}, follow=True)
            assert "look at it as it is now" in answer.text
            upload.refresh_from_db()
            assert upload.state == "proposed"
    editor.post(address(upload, "approve"), {"seen": editor.get(address(upload)).context["page"].upload.seen})
    upload.refresh_from_db()
    assert upload.state == "approved"


def test_two_editors_at_once_do_not_overwrite_each_other(pharmacist: Client, editor: Client) -> None:
    upload = read()
    seen = pharmacist.get(address(upload)).context["page"].upload.seen
    words = {"title": "Mine", "organisation": "O", "id": "mine", "version": "1", "effective": "2026-01-01", "language": "en", "seen": seen}
    assert editor.post(reverse("knowledge:describe", args=[upload.pk]), words).status_code == 302
    late = pharmacist.post(reverse("knowledge:describe", args=[upload.pk]), words | {"title": "Theirs"})
    assert late.status_code == 422 and "Somebody else has saved other words" in late.text and 'value="Theirs"' in late.text
    upload.refresh_from_db()
    assert upload.title == "Mine"


def test_words_that_do_not_fit_are_shown_beside_their_field(pharmacist: Client) -> None:
    upload = read()
    answer = pharmacist.post(reverse("knowledge:describe", args=[upload.pk]), {"title": "", "id": "Not A Slug", "effective": "soon"})
    assert answer.status_code == 422
    assert "Write the day as year-month-day" in answer.text
    assert "lower-case letters" in answer.text


def test_a_correction_shows_on_the_unit(pharmacist: Client) -> None:
    upload = read()
    where = reverse("knowledge:mark", args=[upload.pk])
    pharmacist.post(where, {"place": "1", "act": "demote", "reason": "Only advice", "show": "text", "page": "1"})
    shown = pharmacist.get(address(upload))
    assert "Only advice" in shown.text
    assert "1 said to be no recommendation" in shown.text
    pharmacist.post(where, {"place": "1", "act": "undo"})
    assert "Only advice" not in pharmacist.get(address(upload)).text


def test_approval_shows_what_is_different_from_what_is_in_force(editor: Client) -> None:
    approved()
    actions.settle(actions.due())
    upload = proposed(guideline(version="2", drug="edoxaban", more="\n## New\n\n- **R3** (strong, low) Ask about bleeding. [esc-2024]\n"))
    shown = editor.get(address(upload))
    assert 'removed: </span>apixaban</del><ins><span class="sr">new: </span>edoxaban</ins>' in shown.text
    counts = dict(shown.context["page"].difference.counts)
    assert counts == {"added": 1, "changed": 2, "removed": 0}


def test_versions_are_compared(editor: Client) -> None:
    approved()
    approved(guideline(version="2", months=3))
    shown = as_user("dr-adeyemi").get(reverse("knowledge:compare", args=["ward-af"]))
    assert 'removed: </span>6</del><ins><span class="sr">new: </span>3</ins>' in shown.text
    assert "<b>2</b> unchanged" in shown.text


def test_an_editor_withdraws_with_a_reason(editor: Client) -> None:
    version = approved()
    actions.settle(actions.due())
    where = reverse("knowledge:withdraw", args=["ward-af"])
    editor.post(where, {"version": "1", "reason": ""})
    version.refresh_from_db()
    assert version.in_force
    shown = editor.post(where, {"version": "1", "reason": "A dose is wrong."}, follow=True)
    assert "Withdrawn" in shown.text and "A dose is wrong." in shown.text
    assert as_user("dr-adeyemi").post(where, {"version": "1", "reason": "x"}).status_code == 403


def test_progress_is_renewed_by_itself_and_says_when_it_is_over(pharmacist: Client) -> None:
    upload = received()
    assert "data-over" not in pharmacist.get(address(upload), {"part": "now"}).text
    upload = read()
    assert "data-over" in pharmacist.get(address(upload), {"part": "now"}).text
    assert "<html" not in pharmacist.get(reverse("knowledge:desk"), {"part": "now"}).text


def test_a_failed_publication_is_shown_with_a_way_out(editor: Client) -> None:
    Publication.objects.create(state="failed", why="Approved: X", requested_by=EDITOR, fault="The disk is full.")
    shown = editor.get(reverse("knowledge:desk"))
    assert "The disk is full." in shown.text and "Publish again" in shown.text
    editor.post(reverse("knowledge:publish"))
    assert Publication.objects.filter(state="queued").count() == 1


def test_the_text_beside_a_stretch_begins_with_its_own_first_unit(pharmacist: Client) -> None:
    words = " ".join(f"Fact{n} is one of many.\n\n" for n in range(100))
    upload = read(guideline(more=f"\n## Facts\n\n{words}"))
    shown = pharmacist.get(address(upload), {"page": "2"}).context["page"].preview
    assert shown.shown[0].place == 40
    first = "".join(run.text for run in shown.text[0].block.runs)
    assert first.strip() == shown.shown[0].passage.text


def test_a_long_source_is_shown_in_stretches(pharmacist: Client) -> None:
    words = " ".join(f"Fact{n} is one of many.\n\n" for n in range(250))
    upload = proposed(guideline(more=f"\n## Facts\n\n{words}"))
    life.approve(upload, by=user(EDITOR))
    shown = pharmacist.get(reverse("knowledge:source", args=["ward-af"]), {"page": "2"})
    assert shown.context["page"].passages.start_index() == 201
    assert "?version=1&amp;q=&amp;page=1" in shown.text
