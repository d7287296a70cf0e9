"""The shared assets of language models, read where they lie (a test that needs one is skipped where it is absent), and vocabularies."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.llama.library import lib
from inference.llama.vocab import Vocab

FOLDER = Path(__file__).parents[3] / "shared/data/llm_assets"


def asset(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not on this machine")
    return path


def vocabulary(path: Path) -> Vocab:
    """Of a GGUF, without its weights."""
    params = lib.llama_model_default_params()
    params.vocab_only = True
    return Vocab(lib.llama_model_load_from_file(str(path).encode(), params))
