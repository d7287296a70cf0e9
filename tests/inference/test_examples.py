"""The documented chain runs as it is written: real library, real embedder, the bundled model in its host."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from django.conf import settings

from inference.options import HostOptions
from inference.supervisor import Supervisor
from models.catalogue import default
from tests.conftest import ROOT, environment

TEXT = (ROOT / "inference/examples/langchain_rag.md").read_text(encoding="utf-8")


@pytest.mark.model
def test_the_chain_runs_as_written(library_digest: str) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    card = default()
    with Supervisor(card.reference, settings.DATA, HostOptions(nice=0, threads=1), name=card.name):  # named as its keeper names it
        result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr[-3000:]
    *streamed, structured = result.stdout.rstrip("\n").split("\n")
    assert "".join(streamed).strip()
    answer = json.loads(structured)
    assert answer["drug"] in ("apixaban", "warfarin", "neither") and isinstance(answer["certain"], bool)
