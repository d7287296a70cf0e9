"""The log on screen: who may see it, filters, an entry with its proof, verification, export."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from clinic.audit.acts import ACTS
from clinic.audit.models import Entry
from clinic.audit.picture import GROUPS, picture
from clinic.audit.reading import Filter
from clinic.audit.verify import verify
from tests.audit.builders import as_database_administrator, some_entries
from tests.cast import as_user

pytestmark = pytest.mark.django_db
MAY = ("auditor-osei", "admin-moreau")
MAY_NOT = ("dr-adeyemi", "dr-castillo", "nurse-kim", "pharmacist-sato", "editor-lindqvist", "integrator-fhir")


@pytest.fixture
def auditor() -> Client:
    return as_user("auditor-osei")


@pytest.mark.parametrize("who", MAY)
def test_it_works(who: str) -> None:
    some_entries(8)
    shown = as_user(who).get(reverse("audit:log"))
    assert shown.status_code == 200
    assert "Opinion sealed" in shown.text
    assert "<svg" in shown.text


@pytest.mark.parametrize("who", MAY_NOT)
@pytest.mark.parametrize(
    ("verb", "name", "args"), [("get", "log", ()), ("get", "entry", (0,)), ("post", "verify", ()), ("post", "export", ())]
)
def test_others_are_refused(who: str, verb: str, name: str, args: tuple[int, ...]) -> None:
    some_entries(2)
    assert getattr(as_user(who), verb)(reverse(f"audit:{name}", args=args)).status_code == 403
    assert not Entry.objects.filter(act__in=("log.verified", "page.printed")).exists()


def test_stranger_is_sent_to_the_login() -> None:
    assert Client().get(reverse("audit:log")).status_code == 302


def test_empty_log_says_so(auditor: Client) -> None:
    with as_database_administrator() as cursor:
        cursor.execute("DELETE FROM audit_entry")
    shown = auditor.get(reverse("audit:log"))
    assert "The log is empty" in shown.text


def test_newest_comes_first_in_pages_of_fifty(auditor: Client) -> None:
    some_entries(70)
    first = auditor.get(reverse("audit:log")).context["page"]
    rows = [row.entry.index for row in first.rows]
    assert len(rows) == 50
    assert rows == sorted(rows, reverse=True)
    assert auditor.get(reverse("audit:log"), {"page": "2"}).context["page"].slice.number == 2
    assert auditor.get(reverse("audit:log"), {"page": "nonsense"}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "indices"),
    [
        ({"act": "opinion.sealed"}, [1, 2, 8, 9]),
        ({"act": "opinion"}, [1, 2, 3, 8, 9, 10]),
        ({"actor": "nobody"}, []),
        ({"subject": "disagreement:0001"}, [7, 8, 9, 10, 11]),
        ({"subject": "case:"}, []),
        ({"q": "#4"}, [4]),
        ({"q": "0001"}, [7, 8, 9, 10, 11]),
        ({"act": "opinion.sealed", "subject": "disagreement:0000"}, [1, 2]),
        ({"until": "2020-01-01"}, []),
        ({"since": "2020-01-01", "act": "decision.made"}, [6]),
    ],
    ids=str,
)
def test_filter_narrows_the_list(asked: dict[str, str], indices: list[int]) -> None:
    some_entries(12)
    assert sorted(Filter.of(asked).entries().values_list("index", flat=True)) == indices


def test_entry_is_found_by_the_beginning_of_its_leaf() -> None:
    entry = some_entries(5)[3]
    assert list(Filter.of({"q": entry.leaf[:12].upper()}).entries()) == [entry]


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "yesterday"},
        {"act": "opinion.guessed"},
        {"since": "2026-02-30"},
        {"since": "2026-03-02", "until": "2026-03-01"},
        {"q": "\0" * 9},
    ],
    ids=str,
)
def test_filter_that_makes_no_sense_is_said_and_left_out(asked: dict[str, str], auditor: Client) -> None:
    shown = auditor.get(reverse("audit:log"), asked)
    assert shown.status_code == 200
    assert len(shown.context["page"].asked.problems) == ("q" not in asked)


@pytest.mark.parametrize("q", ["99999999999999999999", "٤", "'; DROP TABLE audit_entry", "%_%", "<script>alert(1)</script>"])
def test_odd_words_find_nothing_and_do_no_harm(q: str, auditor: Client) -> None:
    some_entries(3)
    shown = auditor.get(reverse("audit:log"), {"q": q})
    assert "No entry matches" in shown.text
    assert "<script>alert" not in shown.text


def test_entry_shows_body_chain_and_proof(auditor: Client) -> None:
    entry = some_entries(9)[4]
    shown = auditor.get(reverse("audit:entry", args=[entry.index]))
    assert shown.context["page"].proof.holds
    for text in (entry.leaf, entry.chain, "consult.requested"):
        assert text in shown.text


def test_entry_that_is_not_there_is_not_found(auditor: Client) -> None:
    assert auditor.get(reverse("audit:entry", args=[999_999])).status_code == 404
    assert auditor.get("/log/99999999999999999999999/").status_code == 404


def test_entry_with_a_broken_body_is_still_shown(auditor: Client) -> None:
    some_entries(4)
    with as_database_administrator() as cursor:
        cursor.execute("UPDATE audit_entry SET body = 'no json' WHERE \"index\" = 2")
    assert auditor.get(reverse("audit:entry", args=[2])).status_code == 200


def test_verification_is_shown_and_written_down(auditor: Client) -> None:
    some_entries(7)
    count, root = Entry.objects.count(), verify().root
    shown = auditor.post(reverse("audit:verify"))
    assert "The log is sound" in shown.text
    assert f"{count}:{root}" in shown.text
    last = Entry.objects.order_by("-index").first()
    assert last is not None
    assert (last.act, last.actor) == ("log.verified", "auditor-osei")
    assert root in last.body


def test_fault_is_shown_at_its_entry(auditor: Client) -> None:
    some_entries(7)
    with as_database_administrator() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'nobody' WHERE \"index\" = 3")
    shown = auditor.post(reverse("audit:verify"))
    assert "The log is not sound" in shown.text
    assert reverse("audit:entry", args=[3]) in shown.text


def test_verification_against_an_earlier_root(auditor: Client) -> None:
    some_entries(4)
    count, root = Entry.objects.count(), verify().root
    some_entries(3)
    assert "The log is sound" in auditor.post(reverse("audit:verify"), {"known": f"{count}:{root}"}).text
    assert "not sound" in auditor.post(reverse("audit:verify"), {"known": f"{count}:{'0' * 64}"}).text
    refused = auditor.post(reverse("audit:verify"), {"known": "five"}, follow=True)
    assert "SIZE:ROOT" in refused.text


@pytest.mark.parametrize("name", ["audit:verify", "audit:export"])
def test_acts_are_posted(name: str, auditor: Client) -> None:
    assert auditor.get(reverse(name)).status_code == 405


def test_export_takes_the_filter_and_is_written_down(auditor: Client) -> None:
    some_entries(12)
    taken = auditor.post(reverse("audit:export"), {"format": "csv", "act": "opinion.sealed"})
    rows = list(csv.DictReader(io.StringIO(taken.text)))
    assert [row["act"] for row in rows] == ["opinion.sealed"] * 4
    assert "attachment" in taken["Content-Disposition"]
    last = Entry.objects.order_by("-index").first()
    assert last is not None
    assert last.act == "page.printed"
    assert "opinion.sealed" in last.body


def test_export_as_json_lines_can_be_hashed_by_a_stranger(auditor: Client) -> None:
    some_entries(5)
    taken = auditor.post(reverse("audit:export"), {"format": "jsonl"})
    for row in map(json.loads, taken.text.splitlines()):
        assert sha256(b"\0" + row["body"].encode()).hexdigest() == row["leaf"]


def test_unknown_format_is_not_exported(auditor: Client) -> None:
    assert auditor.post(reverse("audit:export"), {"format": "xlsx"}).status_code == 404


def test_export_of_too_many_entries_points_to_the_shell(auditor: Client) -> None:
    some_entries(5)
    with mock.patch("clinic.people.log_views.MOST_EXPORTED", 3):
        refused = auditor.post(reverse("audit:export"), {"format": "csv"}, follow=True)
    assert "manage.py log export" in refused.text


def test_formula_is_defused_in_csv(auditor: Client) -> None:
    from django.db import transaction

    from clinic.audit.log import record

    with transaction.atomic():
        record("session.refused", "session", by="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in auditor.post(reverse("audit:export"), {"format": "csv"}).text


def entries_at(*ats: datetime) -> None:
    for at in ats:
        with mock.patch("clinic.audit.log.timezone.now", return_value=at):
            some_entries(1)


def test_picture_counts_days() -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    entries_at(start, start, start + timedelta(days=2))
    drawn = picture(Entry.objects.all())
    assert drawn is not None
    assert not drawn.hourly
    assert [(period, total) for period, _, total in drawn.rows] == [("2026-03-03", 1), ("2026-03-01", 2)]


def test_picture_of_one_day_counts_hours() -> None:
    start = datetime(2026, 3, 1, 12, 59, tzinfo=UTC)
    entries_at(start, start + timedelta(minutes=2))
    drawn = picture(Entry.objects.all())
    assert drawn is not None
    assert drawn.hourly
    assert [period for period, _, _ in drawn.rows] == ["2026-03-01 13:00", "2026-03-01 12:00"]


def test_boxes_stay_within_the_drawing() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    entries_at(*(start + timedelta(days=n // 3) for n in range(60)))
    drawn = picture(Entry.objects.all())
    assert drawn is not None
    assert drawn.boxes
    for box in drawn.boxes:
        assert drawn.frame.left <= box.x <= box.x + box.width <= drawn.frame.right
        assert 0 <= box.y <= box.y + box.height <= drawn.frame.floor + 0.1


def test_no_entries_no_picture() -> None:
    assert picture(Entry.objects.none()) is None


def test_every_act_has_a_group_in_the_picture() -> None:
    known = {first for firsts in GROUPS.values() for first in firsts}
    assert {act.partition(".")[0] for act in ACTS} <= known
