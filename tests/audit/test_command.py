"""`manage.py log`: verify, prove and export from the shell."""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinic.audit.models import Entry
from clinic.audit.reading import prove
from tests.audit.builders import as_database_administrator, some_entries

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("log", *words, stdout=out)
    return out.getvalue()


def test_it_works() -> None:
    some_entries(5)
    said = json.loads(run("verify", "--json"))
    assert (said["entries"], said["sound"], said["faults"]) == (5, True, [])
    assert Entry.objects.get(index=5).act == "log.verified"


def test_verification_of_a_copy_writes_nothing() -> None:
    some_entries(5)
    assert "Sound." in run("verify", "--read-only")
    assert Entry.objects.count() == 5


def test_unsound_log_ends_with_status_one() -> None:
    some_entries(5)
    with as_database_administrator() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'nobody' WHERE \"index\" = 2")
    with pytest.raises(SystemExit) as ended:
        run("verify")
    assert ended.value.code == 1


def test_verification_against_an_earlier_root() -> None:
    some_entries(5)
    known = f"5:{prove(0).root}"
    assert "Sound." in run("verify", "--since", known)
    with pytest.raises(SystemExit):
        run("verify", "--since", f"5:{'0' * 64}")
    with pytest.raises(CommandError, match="SIZE:ROOT"):
        run("verify", "--since", "five")


def test_proof_can_be_checked_by_a_stranger() -> None:
    some_entries(7)
    said = json.loads(run("prove", "3", "--json"))
    assert said["holds"]
    assert sha256(b"\0" + said["body"].encode()).hexdigest() == said["leaf"]
    assert (said["size"], len(said["path"])) == (7, 3)


def test_proof_in_the_log_as_it_was() -> None:
    some_entries(4)
    before = prove(1).root
    some_entries(9)
    said = json.loads(run("prove", "1", "--size", "4", "--json"))
    assert (said["root"], said["size"], said["holds"]) == (before, 4, True)


@pytest.mark.parametrize(
    "words", [("prove", "7"), ("prove", "3", "--size", "2"), ("prove", "3", "--size", "99")], ids=["beyond", "not yet", "too long"]
)
def test_entry_that_is_not_there_has_no_proof(words: tuple[str, ...]) -> None:
    some_entries(7)
    with pytest.raises(CommandError, match=r"log"):
        run(*words)


def test_export_as_json_lines_carries_what_was_hashed() -> None:
    some_entries(3)
    rows = [json.loads(line) for line in run("export", "--json").splitlines()]
    assert [row["index"] for row in rows[:3]] == [0, 1, 2]
    assert all(sha256(b"\0" + row["body"].encode()).hexdigest() == row["leaf"] for row in rows)
    assert Entry.objects.get(index=3).act == "page.printed"


def test_export_as_csv_with_a_filter() -> None:
    some_entries(7)
    rows = list(csv.DictReader(io.StringIO(run("export", "--act", "opinion.sealed"))))
    assert [row["index"] for row in rows] == ["1", "2"]
    assert rows[0]["words"] == "Opinion sealed"


def test_export_does_not_overwrite_a_file(tmp_path: Path) -> None:
    some_entries(3)
    out = tmp_path / "log.csv"
    run("export", "--out", str(out))
    assert out.read_text().startswith("index,at,act")
    with pytest.raises(CommandError, match="exists"):
        run("export", "--out", str(out))


def test_export_with_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="not a date"):
        run("export", "--since", "yesterday")
