"""Brings weights into the weights folder: copied, hashed, compared or pinned, and only then named. A GGUF file, or a folder."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.catalogue import WEIGHTS, Card, CardInvalid, cards, weights_path
from models.errors import Busy
from models.folders import chosen, folder_digest
from models.lock import digest_of, pin

GGUF = b"GGUF"


def import_model(card: Card, source: Path, weights: Path = WEIGHTS) -> Path:
    """The file or folder under its catalogue name. Refuses what is not of its kind, and a digest other than the known or pinned one."""
    target = weights_path(card, weights)
    if card.folder:
        raise CardInvalid(f"{card.name} lies beside its own card; it is not imported.")
    with only_one(weights):
        draft = target.with_name(f"{target.name}.import")
        try:
            if card.kind == "generate":
                check_gguf(source)
                shutil.copyfile(source, draft)
            else:
                copy_folder(source, draft)
            return settle(card, draft, weights)
        finally:
            remove(draft)


def settle(card: Card, draft: Path, weights: Path) -> Path:
    """Compares the digest with the known one or pins it, makes the draft durable and gives it its name."""
    target = weights_path(card, weights)
    digest = folder_digest(draft) if draft.is_dir() else digest_of(draft)
    if card.sha256 and digest != card.sha256:
        raise CardInvalid(f"This copy of {card.name} has sha256 {digest}; it is known with {card.sha256}. It was not taken.")
    for path in [*draft.rglob("*"), draft]:
        _sync(path)
    pin(weights, card.name, digest)
    if target.is_dir():
        remove(target)  # a folder is not replaced by a rename; this one is as wanted, or damaged
    os.replace(draft, target)
    _sync(weights)
    cards.cache_clear()
    return target


def check_gguf(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) != GGUF:
            raise CardInvalid(f"{path} is not a GGUF file.")


def copy_folder(source: Path, target: Path) -> None:
    """The files that are taken of an embedder's or reranker's folder, and no others."""
    remove(target)
    for name in chosen(source):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def only_one(weights: Path) -> Iterator[None]:
    """Holds the folder's lock; the kernel lets go of it when the process dies."""
    weights.mkdir(parents=True, exist_ok=True)
    handle = os.open(weights / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(f"Another process is bringing weights into {weights}. Wait until it has ended.") from None
        yield
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
