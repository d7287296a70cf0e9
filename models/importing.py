"""Brings a weights file into the weights folder: copied, hashed on the way, pinned, and only then named."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from models.catalogue import WEIGHTS, Card, CardInvalid, cards, weights_path
from models.lock import pin

BLOCK = 1 << 20


def import_file(card: Card, source: Path, weights: Path = WEIGHTS) -> Path:
    """The file under its catalogue name. Refuses what is not GGUF, and a digest other than the known or pinned one."""
    target = weights_path(card, weights)
    if card.folder:
        raise CardInvalid(f"{card.name} is bundled; it is not imported.")
    weights.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    try:
        digest = _copy(source, draft)
        if card.sha256 and digest != card.sha256:
            raise CardInvalid(f"{source} has sha256 {digest}; {card.name} is known with {card.sha256}. It was not imported.")
        pin(weights, card.name, digest)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    cards.cache_clear()
    return target


def _copy(source: Path, target: Path) -> str:
    total = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        first = reader.read(4)
        if first != b"GGUF":
            raise CardInvalid(f"{source} is not a GGUF file.")
        writer.write(first)
        total.update(first)
        while block := reader.read(BLOCK):
            writer.write(block)
            total.update(block)
        writer.flush()
        os.fsync(writer.fileno())
    return total.hexdigest()
