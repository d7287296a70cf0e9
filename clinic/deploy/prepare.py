"""`python -m clinic.deploy.prepare`: brings the data folder up to date: tables, static files, demonstration hospital, index.

Digests of the sources are kept in prepared.json, so that a second start does only what has changed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

import django
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    django.setup()
    note = settings.DATA / "prepared.json"
    done = _read(note) if _database_exists() else {}
    step("database tables", lambda: call_command("migrate", interactive=False, verbosity=0))
    step("interrupted consults and readings", release)
    static = digest(ROOT / "clinic" / "static")
    if done.get("static") != static or not settings.STATIC_ROOT.exists():
        step("static files", lambda: call_command("collectstatic", interactive=False, clear=True, verbosity=0))
    hospital = digest(settings.FIXTURES, ROOT / "retrieval", ROOT / "clinic" / "knowledge", ROOT / "clinic" / "evaluation")
    if done.get("hospital") != hospital or not settings.INDEX.exists():
        step("demonstration hospital and index", lambda: call_command("demo"))
    people, password = logins()
    note.write_text(json.dumps({"static": static, "hospital": hospital, "logins": people, "password": password}))
    return 0


def release() -> None:
    """Whoever held a job on this machine has ended with the last run: its lease need not run out first."""
    from clinic.consults import lease
    from clinic.knowledge import sweeping

    lease.release_here()
    sweeping.release_here()


def logins() -> tuple[list[dict[str, str]], str]:
    from clinic.people.demonstration import PASSWORD, logins

    return [{"username": one.username, "role": one.role, "hint": one.hint} for one in logins()], PASSWORD


def step(what: str, act: Callable[[], Any]) -> None:
    started = time.monotonic()
    act()
    print(f"  {time.monotonic() - started:6.1f} s  {what}", flush=True)


def digest(*folders: Path) -> str:
    """Of every file below the folders: names and contents."""
    found = sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            found.update(f"{path.relative_to(ROOT)}\0".encode() + sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _database_exists() -> bool:
    """A database that was removed takes its demonstration hospital with it. PostgreSQL's is asked after the migrations."""
    database = settings.DATABASES["default"]
    return "sqlite3" not in str(database["ENGINE"]) or Path(str(database["NAME"])).exists()


def _read(note: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(note.read_text()))
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    sys.exit(main())
