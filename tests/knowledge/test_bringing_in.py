"""A file on its way in: who may send it, what is taken, and a reading that survives whatever happens to its worker."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.knowledge import life, queue, reader, sweeping
from clinic.knowledge.lease import ReadingLease, claim_reading
from clinic.knowledge.life import Known, Refused
from clinic.knowledge.models import Upload, UploadPage, UploadState
from clinic.leasing import LeaseLost
from retrieval.page import Block, Page
from tests.cast import CAST, user
from tests.knowledge.builders import EDITOR, PHARMACIST, acts, approved, guideline, read, received

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", [name for name, (role, _) in CAST.items() if role not in ("editor", "pharmacist")])
def test_only_editors_and_pharmacists_bring_in(who: str) -> None:
    with pytest.raises(PermissionDenied):
        received(by=who)
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("virus.exe", b"MZ", "cannot be read"), ("empty.md", b"", "is empty"), ("large.md", b"a" * 1_000_001, "1.0 MB, and at most 1 MB")],
    ids=["ending", "empty", "size"],
)
def test_a_file_that_cannot_be_taken_is_refused_with_a_sentence(name: str, data: bytes, words: str, settings: Any) -> None:
    settings.UPLOAD_MB = 1
    with pytest.raises(Refused, match=words):
        received(data, name)


@pytest.mark.parametrize(
    ("sent_as", "shown"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        (r"C:\secret\plan.md", "plan.md"),
        ("a\x00b<script>.md", "abscript.md"),
        ("\u202egnp.md", "gnp.md"),
        ("x" * 300 + ".md", "x" * 117 + ".md"),
    ],
    ids=["path", "windows", "script", "direction", "long"],
)
def test_file_names_are_shown_and_never_trusted(sent_as: str, shown: str) -> None:
    assert life.plain_name(sent_as) == shown


def test_sending_twice_gives_the_same_upload(sent: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = received()
        second, fresh = life.receive("another-name.md", guideline(), by=user(EDITOR))
    assert (first.pk, fresh, sent) == (second.pk, False, [first.pk])


def test_the_same_bytes_cannot_be_on_their_way_twice_whatever_happens() -> None:
    first = received()
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.create(original=first.original, name="again.md", uploaded_by=user(EDITOR))


def test_a_file_that_is_in_the_library_is_recognised() -> None:
    approved()
    with pytest.raises(Known, match="version 1 of “Anticoagulation on our wards”"):
        received()


def test_original_bytes_are_kept_under_their_hash() -> None:
    version = approved()
    assert bytes(version.upload.original.data) == guideline()
    assert version.digest == version.upload.original.digest


FACTS = (
    "Apixaban is cleared by the kidney in part.",
    "Old age alone is no reason to withhold treatment.",
    "Warfarin needs a measurement every few weeks.",
    "Falls are a weaker argument than most people think.",
    "Aspirin does not prevent stroke in this group.",
    "Weight counts when the dose is chosen.",
)


def paged(monkeypatch: pytest.MonkeyPatch, count: int = 5, stop: int = 0, error: type[BaseException] = KeyboardInterrupt) -> list[int]:
    """A reader that gives so many pages and breaks before page `stop`, the first time; keeps the pages at which it was begun."""
    begun: list[int] = []

    def extract(data: bytes, name: str, first: int = 1) -> Any:
        begun.append(first)
        for number in range(first, count + 1):
            if number == stop and len(begun) == 1:
                raise error("the worker was killed")
            text = FACTS[number % len(FACTS)]
            yield Page(number=number, pages=count, blocks=(Block(kind="paragraph", text=text),))

    monkeypatch.setattr(reader, "extract", extract)
    return begun


def test_reading_goes_on_at_the_page_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = paged(monkeypatch, stop=4)
    upload = received()
    with pytest.raises(KeyboardInterrupt):
        reader.work(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.pages.count(), upload.pages_total) == ("reading", 3, 5)
    assert reader.work(upload.pk) == "not free"
    Upload.objects.filter(pk=upload.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reader.work(upload.pk) == "read"
    assert begun == [1, 4]
    assert list(UploadPage.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_sweeper_sends_what_waits_and_what_a_dead_worker_held(sent: list[Any]) -> None:
    upload = received()
    assert sweeping.sweep() == 0, "a fresh row is left to its first message"
    Upload.objects.update(uploaded_at=timezone.now() - timedelta(seconds=10))
    assert sweeping.sweep() == 1
    claim_reading(upload.pk)
    Upload.objects.update(sent_at=timezone.now() - timedelta(seconds=30))
    assert sweeping.sweep() == 0, "a worker holds it"
    Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweeping.sweep() == 1
    assert sent == [upload.pk, upload.pk]


def test_without_a_broker_the_sweeper_reads_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "send", lambda kind, pk: False)
    upload = received()
    Upload.objects.update(uploaded_at=timezone.now() - timedelta(seconds=10))
    assert sweeping.sweep() == 0
    assert sweeping.sweep(lambda kind, pk: sweeping.WORK[kind](pk) == "read") == 1
    upload.refresh_from_db()
    assert upload.state == "read"


def test_the_sweeper_does_one_job_at_a_time_beside_its_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    go, done = Event(), []

    def work(pk: Any) -> str:
        go.wait(10)
        done.append(pk)
        return "read"

    monkeypatch.setitem(sweeping.WORK, ReadingLease, work)
    aside, one, other = sweeping.Aside(), uuid4(), uuid4()
    assert aside.begin(ReadingLease, one) and not aside.begin(ReadingLease, other) and not done
    go.set()
    aside.wait()
    assert aside.begin(ReadingLease, other)
    aside.wait()
    assert done == [one, other]


def test_cancel_stops_the_reading_and_keeps_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = received()

    def extract(data: bytes, name: str, first: int = 1) -> Any:
        yield Page(number=1, pages=2, blocks=(Block(kind="paragraph", text="One."),))
        life.cancel(upload, by=user(PHARMACIST))
        yield Page(number=2, pages=2, blocks=(Block(kind="paragraph", text="Two."),))

    monkeypatch.setattr(reader, "extract", extract)
    assert reader.work(upload.pk) == "lease lost"
    upload.refresh_from_db()
    assert (upload.state, upload.pages.count()) == ("cancelled", 1)
    begun = paged(monkeypatch, count=2)
    life.read_again(upload, by=user(EDITOR))
    assert reader.work(upload.pk) == "read"
    assert begun == [2]


def test_a_late_reader_writes_nothing() -> None:
    upload = received()
    lease = claim_reading(upload.pk)
    assert lease
    Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claim_reading(upload.pk)
    with pytest.raises(LeaseLost):
        lease.renew(force=True)
    reader.refuse(lease, "too late")
    upload.refresh_from_db()
    assert (upload.state, upload.fault) == ("reading", "")


def test_a_reader_that_dies_at_the_same_page_again_and_again_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = received()
    for _ in range(3):
        assert claim_reading(upload.pk)
        Upload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reader.work(upload.pk) == "refused"
    upload.refresh_from_db()
    assert "stopped 3 times at page 1" in upload.fault


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("binary.md", b"\x7fELF\xff\x00\x00", "not UTF-8"), ("nothing.md", b"---\nid: a\n---\n", "no text|no front|front matter|citable|cited")],
    ids=["binary", "nothing"],
)
def test_a_hostile_file_shows_its_reason_and_loses_nothing(name: str, data: bytes, words: str) -> None:
    upload = read(data, name)
    assert upload.state == UploadState.REFUSED
    assert re.search(words, upload.fault), upload.fault
    assert bytes(upload.original.data) == data
    assert acts(f"upload:{upload.pk}") == ["uploaded", "refused"]
