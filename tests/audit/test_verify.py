"""Whatever is done to the table behind the application's back, verification names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clinic.audit.log import ORIGIN, canonical, link
from clinic.audit.merkle import leaf_hash
from clinic.audit.models import Entry
from clinic.audit.verify import Known, verify
from tests.audit.builders import as_database_administrator, some_entries

pytestmark = pytest.mark.django_db

COLUMNS = '"index", at, act, actor, role, subject, body, leaf, chain'


def test_it_works() -> None:
    some_entries(12)
    report = verify()
    assert report.sound
    assert report.entries == 12
    assert report.head == Entry.objects.get(index=11).chain


def test_empty_log_is_sound() -> None:
    report = verify()
    assert (report.entries, report.sound, report.head) == (0, True, ORIGIN)
    assert report.root.startswith("e3b0c442")


def edit_body(cursor: Any) -> None:
    cursor.execute("UPDATE audit_entry SET body = REPLACE(body, 'dr-adeyemi', 'dr-brandt') WHERE \"index\" = 5")


def edit_column(cursor: Any) -> None:
    cursor.execute("UPDATE audit_entry SET actor = 'dr-brandt' WHERE \"index\" = 5")


def edit_clock(cursor: Any) -> None:
    cursor.execute("UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE \"index\" = 5")


def edit_body_and_leaf(cursor: Any) -> None:
    entry = Entry.objects.get(index=5)
    body = entry.body.replace("dr-adeyemi", "dr-brandt")
    leaf = leaf_hash(body.encode()).hex()
    cursor.execute("UPDATE audit_entry SET actor = 'dr-brandt', body = %s, leaf = %s WHERE \"index\" = 5", [body, leaf])


def break_body(cursor: Any) -> None:
    cursor.execute("UPDATE audit_entry SET body = 'no json' WHERE \"index\" = 5")


def break_leaf(cursor: Any) -> None:
    cursor.execute("UPDATE audit_entry SET leaf = 'no hex' WHERE \"index\" = 5")


def delete(cursor: Any) -> None:
    cursor.execute('DELETE FROM audit_entry WHERE "index" = 5')


def delete_first(cursor: Any) -> None:
    cursor.execute('DELETE FROM audit_entry WHERE "index" = 0')


def delete_and_close_up(cursor: Any) -> None:
    delete(cursor)
    for index in range(6, 12):
        cursor.execute('UPDATE audit_entry SET "index" = %s WHERE "index" = %s', [index - 1, index])


def reorder(cursor: Any) -> None:
    for source, target in ((5, 99), (6, 5), (99, 6)):
        cursor.execute('UPDATE audit_entry SET "index" = %s WHERE "index" = %s', [target, source])


def insert(cursor: Any) -> None:
    for index in range(11, 4, -1):
        cursor.execute('UPDATE audit_entry SET "index" = %s WHERE "index" = %s', [index + 1, index])
    cursor.execute(
        f'INSERT INTO audit_entry ({COLUMNS}) SELECT 5, at, act, actor, role, subject, body, leaf, chain FROM audit_entry WHERE "index" = 3'
    )


@pytest.mark.parametrize(
    ("tamper", "index"),
    [
        (edit_body, 5),
        (edit_column, 5),
        (edit_clock, 5),
        (edit_body_and_leaf, 5),
        (break_body, 5),
        (break_leaf, 5),
        (delete, 6),
        (delete_first, 1),
        (delete_and_close_up, 5),
        (reorder, 5),
        (insert, 5),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_tampering_is_named_at_its_entry(tamper: Callable[[Any], None], index: int) -> None:
    some_entries(12)
    with as_database_administrator() as cursor:
        tamper(cursor)
    report = verify()
    assert not report.sound
    assert report.faults[0].index == index


def rewrite_from(index: int) -> None:
    """What someone with the database and this code could do: change an entry and chain all later ones anew."""
    previous = Entry.objects.get(index=index - 1).chain
    with as_database_administrator() as cursor:
        for entry in Entry.objects.filter(index__gte=index):
            body = canonical({**json.loads(entry.body), "actor": "dr-brandt"})
            leaf = leaf_hash(body.encode()).hex()
            previous = link(previous, leaf)
            row = [body, leaf, previous, entry.index]
            cursor.execute("UPDATE audit_entry SET actor = 'dr-brandt', body = %s, leaf = %s, chain = %s WHERE \"index\" = %s", row)


def test_log_rewritten_and_chained_anew_is_found_against_an_older_root() -> None:
    some_entries(9)
    known = Known.parse(f"9:{verify().root}")
    some_entries(3)
    assert verify([known]).sound
    rewrite_from(8)
    assert verify().sound
    report = verify([known])
    assert [fault.index for fault in report.faults] == [8]


def test_log_cut_short_is_found_against_an_older_root() -> None:
    some_entries(9)
    known = Known(9, verify().root)
    with as_database_administrator() as cursor:
        cursor.execute('DELETE FROM audit_entry WHERE "index" >= 7')
    assert verify().sound
    report = verify([known])
    assert "had 9 entries" in report.faults[0].message


def test_emptied_log_is_found_against_an_older_root() -> None:
    some_entries(3)
    known = Known(3, verify().root)
    with as_database_administrator() as cursor:
        cursor.execute("DELETE FROM audit_entry")
    assert not verify([known]).sound


def test_number_of_faults_is_bounded() -> None:
    some_entries(30)
    with as_database_administrator() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'nobody'")
    assert len(verify(most_faults=4).faults) == 4


@pytest.mark.parametrize("text", ["", "9", "9:", "9:zz", f"-1:{'0' * 64}", f"9:{'0' * 63}", f"٣:{'0' * 64}"])
def test_earlier_root_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SIZE:ROOT"):
        Known.parse(text)
