"""Embedders and rerankers as folders: what is taken, what is never taken, and the digest over it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from models.catalogue import CardInvalid, find
from models.folders import chosen, compared, folder_digest
from models.importing import import_model

NAME = "multilingual-e5-small"
GOOD = {
    "config.json": "{}",
    "modules.json": json.dumps([{"type": "sentence_transformers.models.Transformer", "path": ""}, {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]),
    "1_Pooling/config.json": "{}",
    "model.safetensors": "weights",
    "tokenizer.json": "{}",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put(tmp_path / "model", GOOD)


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_it_works(folder: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    path = import_model(find(NAME), folder, weights)
    card = find(NAME, weights)
    assert sorted(GOOD) == sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    assert card.sha256 == folder_digest(path) and compared(card, weights) == path


def test_what_is_not_needed_is_left_out(folder: Path) -> None:
    put(folder, {"pytorch_model.bin": "pickle", "onnx/model.onnx": "", "onnx/config.json": "{}", "README.md": "", ".git/config": "", ".x.json": ""})
    assert chosen(folder) == sorted(GOOD)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({"modeling_own.py": ""}, "holds code", id="code"),
        pytest.param({"deep/down/evil.so": ""}, "holds code", id="a library deep down"),
        pytest.param({"config.json": '{"auto_map": {}}'}, "auto_map", id="asks for code"),
        pytest.param({"tokenizer_config.json": '{"auto_map": {}}'}, "auto_map", id="a tokenizer that asks for code"),
        pytest.param({"modules.json": '[{"type": "os.system", "path": ""}]'}, "os.system", id="a foreign module"),
        pytest.param({"modules.json": '[{"type": "sentence_transformers.models.Dense", "path": "../.."}]'}, "outside", id="a path outside"),
        pytest.param({"modules.json": "["}, "not JSON", id="damaged"),
        pytest.param({"modules.json": "{}"}, "shape", id="another shape"),
    ],
)
def test_a_folder_that_could_run_code_is_refused(folder: Path, tmp_path: Path, files: dict[str, str], words: str) -> None:
    put(folder, files)
    with pytest.raises(CardInvalid, match=words):
        import_model(find(NAME), folder, tmp_path / "weights")
    assert not [path for path in (tmp_path / "weights").iterdir() if path.name != ".lock"]


@pytest.mark.parametrize(("extra", "words"), [({"pytorch_model.bin": ""}, "are a pickle"), ({}, "no weights")], ids=["a pickle", "nothing"])
def test_weights_come_as_safetensors_or_not_at_all(folder: Path, extra: dict[str, str], words: str) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(CardInvalid, match=words):
        chosen(put(folder, extra))


def test_a_file_is_no_folder(folder: Path) -> None:
    with pytest.raises(CardInvalid, match="not a folder"):
        chosen(folder / "config.json")


@pytest.mark.parametrize("files", [{"tokenizer.json": "{ }"}, {"added.bin": "later"}], ids=["changed", "added"])
def test_what_was_changed_afterwards_is_not_loaded(folder: Path, tmp_path: Path, files: dict[str, str]) -> None:
    weights = tmp_path / "weights"
    put(import_model(find(NAME), folder, weights), files)
    with pytest.raises(CardInvalid, match="Nothing of it was loaded"):
        compared(find(NAME, weights), weights)


def test_another_folder_under_a_pinned_name_is_refused(folder: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    path = import_model(find(NAME), folder, weights)
    put(folder, {"model.safetensors": "other weights"})
    with pytest.raises(CardInvalid, match="known with"):
        import_model(find(NAME, weights), folder, weights)
    assert (path / "model.safetensors").read_text() == "weights"


def test_what_is_not_here_says_how_to_bring_it(tmp_path: Path) -> None:
    with pytest.raises(CardInvalid, match=f"models pull {NAME}"):
        compared(find(NAME), tmp_path)


def test_the_digest_is_what_the_shell_says(folder: Path) -> None:
    shell = r"find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum"
    said = subprocess.run(shell, shell=True, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert said.split()[0] == folder_digest(folder)
