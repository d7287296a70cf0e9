"""Recording: inside a transaction, known acts only, and many writers at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from clinic.audit.log import record
from clinic.audit.models import Entry
from clinic.audit.verify import verify
from tests.audit.builders import some_entries

WRITERS, EACH = 4, 25


@pytest.mark.django_db
def test_it_works() -> None:
    entry = some_entries(3)[2]
    assert (entry.index, entry.act, entry.actor) == (2, "opinion.sealed", "dr-adeyemi")
    assert '"details":{"step":2}' in entry.body


@pytest.mark.django_db
def test_unknown_act_is_refused() -> None:
    with pytest.raises(KeyError, match="not an act"), transaction.atomic():
        record("opinion.guessed", "disagreement:1", by="dr-adeyemi")


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction of the act"):
        record("opinion.sealed", "disagreement:1", by="dr-adeyemi")


@pytest.mark.django_db(transaction=True)
def test_threads_recording_at_once_leave_no_gap_and_no_fork() -> None:
    start, failures = Barrier(WRITERS), []

    def write(name: str) -> None:
        start.wait()
        try:
            for n in range(EACH):
                with transaction.atomic():
                    record("case.viewed", f"case:{n}", by=name)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=write, args=(f"writer-{n}",)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_whole()


PROCESS = """
import sys, django
from django.conf import settings
databases = {"default": eval(sys.argv[1])}
settings.configure(DATABASES=databases, INSTALLED_APPS=["clinic.audit"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()
from django.db import transaction
from clinic.audit.log import record
for n in range(int(sys.argv[2])):
    with transaction.atomic():
        record("case.viewed", f"case:{n}", by="process")
"""


@pytest.mark.django_db(transaction=True)
def test_processes_recording_at_once_leave_no_gap_and_no_fork() -> None:
    database = {key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "OPTIONS", "HOST", "PORT", "USER", "PASSWORD")}
    command = [sys.executable, "-c", PROCESS, repr(_plain(database)), str(EACH)]
    running = [subprocess.Popen(command, cwd=settings.BASE, stderr=subprocess.PIPE) for _ in range(WRITERS)]
    errors = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * WRITERS, errors
    assert_whole()


def assert_whole() -> None:
    assert list(Entry.objects.order_by("index").values_list("index", flat=True)) == list(range(WRITERS * EACH))
    assert verify().sound


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return str(value) if isinstance(value, Path) else value


def test_who_writes_to_the_log_begins_with_its_turn() -> None:
    """Rows locked before the turn, by one of two acts that want the same rows, are a deadlock on PostgreSQL."""
    writers = [path for path in (settings.BASE / "clinic").rglob("*.py") if "from clinic.audit.log import" in path.read_text() and path.name != "log.py"]
    assert len(writers) > 8
    assert not [path.name for path in writers if "transaction.atomic(" in path.read_text()]
