"""Who may load llama.cpp: the host, and nobody on the web's side."""

from __future__ import annotations

import subprocess
import sys

import pytest

WEB_SIDE = [
    "inference.types",
    "inference.errors",
    "inference.engine",
    "inference.supervisor",
    "inference.backends.host",
    "inference.backends.openai",
    "inference.backends.scripted",
    "models.catalogue",
]


@pytest.mark.parametrize("module", WEB_SIDE)
def test_the_web_side_loads_no_llama(module: str) -> None:
    heavy = "{'llama_cpp', 'numpy', 'torch', 'inference.llama'}"
    code = f"import sys, {module}; sys.exit(str({heavy} & set(sys.modules)) if {heavy} & set(sys.modules) else 0)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""
