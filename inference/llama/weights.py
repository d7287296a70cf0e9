"""A weights file: opened once, hashed on the open descriptor, loaded through that descriptor.

Renaming another file over the path between the check and the load changes nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from pathlib import Path

from inference.errors import WeightsInvalid, WeightsMissing, WeightsUnreadable
from inference.llama.library import has_amx, lib

BLOCK = 1 << 20


def open_checked(card: str, path: Path, digest: str) -> int:
    """A descriptor of the file whose sha256 is `digest`. The caller closes it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        raise WeightsMissing(card, str(path)) from None
    try:
        found = sha256(descriptor)
        if not digest or found != digest:
            raise WeightsInvalid(card, found, digest)
        if os.pread(descriptor, 4, 0) != b"GGUF":
            raise WeightsUnreadable(card, "the file is not GGUF")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def sha256(descriptor: int) -> str:
    total, offset = hashlib.sha256(), 0
    while block := os.pread(descriptor, BLOCK, offset):
        total.update(block)
        offset += len(block)
    return total.hexdigest()


def load(card: str, descriptor: int, gpu_layers: int = 0) -> int:
    """The llama model behind an open descriptor. Repacked weights are left out where they would meet AMX."""
    params = lib.llama_model_default_params()
    params.n_gpu_layers = gpu_layers
    params.use_extra_bufts = not has_amx()
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    model = lib.llama_model_load_from_file(f"{folder}/{descriptor}".encode(), params)
    if not model:
        raise WeightsUnreadable(card, "the file is damaged, or of an architecture this build does not know")
    return int(model)


def describe(model: int) -> str:
    buffer = ctypes.create_string_buffer(256)
    lib.llama_model_desc(model, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")
