"""The shape of the repository: folders, sizes, where the environment is read, what no tracked file may name."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.conftest import ROOT

FOLDERS = {"clinic", "retrieval", "inference", "models", "fixtures", "tests", ".ci"}
LONGEST = 400
"""Lines of a Python file that can be read at one sitting."""
ELSEWHERE = ("root", "home/[a-z]", "work/main", "work/shared", "tmp/w/", "opt/pypi", "opt/wheels")
"""Places that exist on one machine only. Written in parts, so that this file does not name them itself."""


@cache
def tracked() -> tuple[Path, ...]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def python(*folders: str) -> Iterator[Path]:
    for path in tracked():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in (folders or FOLDERS):
            yield path


def test_top_folders_are_those_of_the_design() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked() if path.parent != ROOT} <= FOLDERS


def test_no_python_file_is_longer_than_a_sitting() -> None:
    long = {str(path.relative_to(ROOT)): n for path in python() if (n := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST}
    assert not long


def test_every_module_says_what_it_holds() -> None:
    silent = []
    for path in python("clinic", "retrieval", "inference", "models"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and "migrations" not in path.parts and not ast.get_docstring(tree):
            silent.append(str(path.relative_to(ROOT)))
    assert not silent


def test_no_tracked_file_names_a_machine() -> None:
    pattern = re.compile("(?<![\\w.~-])/(" + "|".join(ELSEWHERE) + ")")
    named = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data[:4096] or path == Path(__file__):
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                named.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not named


def test_environment_is_read_in_settings_only() -> None:
    """The installer and the engine's own processes stand outside Django; the rest gets plain values."""
    reads = re.compile(r"environ(\.get\(|\[)\s*[\"']CONSILIUM_")
    allowed = {"clinic/settings.py", "inference/build_llama.py"}
    found = {str(path.relative_to(ROOT)) for path in python("clinic", "retrieval", "inference", "models") if reads.search(path.read_text())}
    assert found <= allowed


def test_celery_tasks_stand_in_files_called_tasks() -> None:
    decorator = re.compile(r"^@(app\.task|shared_task)\b", re.MULTILINE)
    assert {path.name for path in python("clinic") if decorator.search(path.read_text())} == {"tasks.py"}


def test_weights_in_the_repository_are_small() -> None:
    large = {str(path.relative_to(ROOT)): size for path in tracked() if (size := path.stat().st_size) > 45_000_000}
    assert not large


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
