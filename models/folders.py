"""Embedders and rerankers are folders: which files of one are taken, what is never taken, and one digest over them all.

The digest is sha256 over the lines that `sha256sum` prints for every file, sorted by path. In a shell, inside the folder:

    find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from models.catalogue import WEIGHTS, Card, CardInvalid, weights_path
from models.lock import digest_of

TAKEN = {".safetensors", ".json", ".txt", ".model"}
"""Weights without code, settings, vocabularies."""
PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"}
"""Run code when they are loaded: never taken, and of no use beside safetensors."""
CODE = {".py", ".so", ".pyd", ".dll", ".dylib"}
OWN = "sentence_transformers."
"""Where a module of modules.json may come from."""


def chosen(folder: Path) -> list[str]:
    """Paths, relative and sorted, that an import takes: of the folder itself and of the parts that modules.json names."""
    check(folder)
    parts = ["", *sorted({str(module.get("path", "")) for module in _read(folder / "modules.json", [])} - {""})]
    if outside := [part for part in parts if Path(part).is_absolute() or ".." in Path(part).parts]:
        raise CardInvalid(f"{folder}: modules.json names {outside[0]!r}, which lies outside the folder. It was not imported.")
    found = {path.relative_to(folder).as_posix() for part in parts for path in (folder / part).glob("*") if _taken(path)}
    return sorted(found)


def check(folder: Path) -> None:
    """Refuses code, settings that ask for code, and weights that only come as pickles."""
    if not folder.is_dir():
        raise CardInvalid(f"{folder} is not a folder. An embedder or reranker is imported as the folder in which its config.json lies.")
    files = [path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if code := sorted(path.name for path in files if path.suffix in CODE):
        raise CardInvalid(f"{folder} holds code ({code[0]}), which is never run here. Choose a model that needs none.")
    for name in ("config.json", "tokenizer_config.json"):
        if "auto_map" in _read(folder / name, {}):
            raise CardInvalid(f"{folder}: {name} asks for code of its own (auto_map), which is never run here. Choose a model that needs none.")
    foreign = [str(module.get("type")) for module in _read(folder / "modules.json", []) if not str(module.get("type")).startswith(OWN)]
    if foreign:
        raise CardInvalid(f"{folder}: modules.json asks for {foreign[0]}, which is no part of sentence-transformers. It was not imported.")
    if not (folder / "config.json").is_file():
        raise CardInvalid(f"{folder} holds no config.json. Give the folder in which the model's config.json lies.")
    if not any(path.suffix == ".safetensors" and path.parent == folder for path in files):
        pickled = any(path.suffix in PICKLES for path in files)
        why = "its weights are a pickle, which can run code and is never loaded here" if pickled else "there are no weights in it"
        raise CardInvalid(f"{folder} holds no .safetensors file: {why}. models/cards/embedders.md says how to convert it.")


def folder_digest(folder: Path) -> str:
    """Over every file that lies there, so that one added later is noticed as well as one changed."""
    names = sorted((path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()), key=str.encode)
    lines = "".join(f"{digest_of(folder / name)}  {name}\n" for name in names)
    return hashlib.sha256(lines.encode()).hexdigest()


def compared(card: Card, weights: Path = WEIGHTS) -> Path:
    """The folder of a card, whose digest is the known one."""
    folder = weights_path(card, weights)
    if not folder.is_dir():
        raise CardInvalid(f"{card.name} is not here. `manage.py models pull {card.name}`, or `manage.py models import {card.name} FOLDER`.")
    if not card.sha256 or folder_digest(folder) != card.sha256:
        known = f"is known with sha256 {card.sha256}" if card.sha256 else "has no known sha256"
        raise CardInvalid(f"{card.name} {known}, which {folder} does not have. Nothing of it was loaded; import the right one.")
    return folder


def _taken(path: Path) -> bool:
    return path.is_file() and path.suffix in TAKEN and not path.name.startswith(".")


def _read(path: Path, otherwise: Any) -> Any:
    if not path.is_file():
        return otherwise
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CardInvalid(f"{path} is not JSON ({error}). The folder was not imported.") from error
    if not isinstance(value, type(otherwise)) or (isinstance(value, list) and not all(isinstance(one, dict) for one in value)):
        raise CardInvalid(f"{path} has not the shape that such a file has. The folder was not imported.")
    return value
