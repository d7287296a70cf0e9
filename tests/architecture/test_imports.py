"""Who may import whom, and what the web process never loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

HEAVY = ("torch", "llama_cpp", "sentence_transformers", "transformers", "chromadb", "langchain_chroma")

WEB = f"""
import sys
import clinic.asgi
from django.urls import URLPattern, get_resolver

def names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.callback
        else:
            yield from names(pattern.url_patterns)

assert len(list(names(get_resolver().url_patterns))) > 5
from django.template.loader import get_template
get_template("people/login.html")
from clinic import wiring
wiring.formulary(), wiring.glossary()
assert wiring.library(dense=False).search("anticoagulation in atrial fibrillation", 3)
found = [name for name in {HEAVY!r} if name in sys.modules]
assert not found, f"the web process imports {{found}}"
"""


def test_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]


def test_web_process_loads_neither_torch_nor_llama(library_digest: str) -> None:
    result = subprocess.run([sys.executable, "-c", WEB], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-3000:]


@pytest.mark.parametrize("package", ["clinic.celery", "clinic.consults.actions", "clinic.disagreements.actions", "clinic.audit.log"])
def test_jobs_and_log_load_no_model(package: str) -> None:
    """What asks for a consult does not load what answers it."""
    code = f"import django; django.setup(); import {package}, sys; sys.exit(any(name in sys.modules for name in {HEAVY!r}))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
