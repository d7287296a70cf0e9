"""Digests of imported weights: pinned once at import, checked ever after.

`lock.toml` lies beside the weights. A pinned digest is never overwritten: a different file under the same name is an
error for a person to look at.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path

LOCK = "lock.toml"


class AlreadyPinned(ValueError):
    """Another file was imported under this name before."""

    code = "already_pinned"
    retryable = False


def pinned(weights: Path) -> dict[str, str]:
    """sha256 by model name."""
    path = weights / LOCK
    if not path.exists():
        return {}
    return {name: str(entry["sha256"]) for name, entry in tomllib.loads(path.read_text()).items()}


def pin(weights: Path, name: str, digest: str) -> None:
    known = pinned(weights)
    if known.get(name, digest) != digest:
        raise AlreadyPinned(
            f"{name} is pinned to {known[name]}, this file has {digest}. If the change is wanted, remove its entry from {weights / LOCK}."
        )
    known[name] = digest
    text = "".join(f'["{key}"]\nsha256 = "{value}"\n\n' for key, value in sorted(known.items()))
    weights.mkdir(parents=True, exist_ok=True)
    draft = weights / f"{LOCK}.new"
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(weights / LOCK)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
