"""The database refuses what the application never does; the migration that makes it so can be undone."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from clinic.audit.log import record
from clinic.audit.models import Entry
from clinic.audit.verify import verify
from tests.audit.builders import some_entries

REST = "at, act, actor, role, subject, body, leaf, chain"


def copied(entry_id: str, index: str) -> str:
    """A copy of entry 1 under this id and index."""
    return f'INTO audit_entry (id, "index", {REST}) SELECT {entry_id}, {index}, {REST} FROM audit_entry WHERE "index" = 1'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'nobody'",
        'UPDATE audit_entry SET "index" = 99 WHERE "index" = 2',
        "DELETE FROM audit_entry",
        'DELETE FROM audit_entry WHERE "index" = 2',
        "INSERT " + copied("id", "4"),
        "INSERT " + copied("999999", "1"),
        "INSERT " + copied("999999", "9"),
    ],
    ids=["update", "renumber", "delete all", "delete one", "same id", "same index", "gap"],
)
def test_change_is_refused(statement: str) -> None:
    some_entries(4)
    with pytest.raises(DatabaseError, match="append-only|unique"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().sound
    assert Entry.objects.count() == 4


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite knows INSERT OR REPLACE")
def test_insert_or_replace_is_refused() -> None:
    some_entries(4)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT OR REPLACE " + copied("id", '"index"'))


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL knows TRUNCATE")
def test_truncate_is_refused() -> None:
    some_entries(4)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry")


@pytest.mark.django_db
def test_application_cannot_change_an_entry_either() -> None:
    entry = some_entries(2)[0]
    entry.actor = "nobody"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()


@pytest.mark.django_db
def test_the_next_entry_is_let_through() -> None:
    some_entries(2)
    with transaction.atomic():
        assert record("log.verified", "log", by="auditor-osei").index == 2


@pytest.mark.django_db
def test_an_act_that_fails_leaves_no_entry() -> None:
    some_entries(2)
    with pytest.raises(RuntimeError), transaction.atomic():
        record("case.viewed", "case:1", by="dr-adeyemi")
        raise RuntimeError
    assert Entry.objects.count() == 2
    some_entries(1)
    assert verify().sound


@pytest.mark.django_db(transaction=True)
def test_the_migration_can_be_undone_and_done_again() -> None:
    some_entries(2)
    call_command("migrate", "audit", "0001", verbosity=0)
    try:
        assert Entry.objects.filter(index=1).update(actor="nobody") == 1
    finally:
        call_command("migrate", "audit", verbosity=0)
    with pytest.raises(DatabaseError, match="append-only"):
        Entry.objects.filter(index=1).update(actor="dr-adeyemi")


@pytest.mark.django_db(transaction=True)
def test_the_fence_stands_after_a_flush_between_tests() -> None:
    call_command("flush", verbosity=0, interactive=False)
    some_entries(1)
    with pytest.raises(DatabaseError, match="append-only"):
        Entry.objects.all().delete()
