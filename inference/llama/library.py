"""The shared library: imported once, its log tamed, its build described."""

from __future__ import annotations

import ctypes
import logging
import os

SPINS = "2000"
"""How often an idle compute thread looks for work before it sleeps; libgomp's own default burns whole milliseconds, in which
threads on a core that somebody else uses wait for each other. Measured: the README, "Threads"."""
os.environ.setdefault("GOMP_SPINCOUNT", SPINS)  # libgomp reads it once, when it is loaded

import llama_cpp as lib  # noqa: E402

__all__ = ["features", "has_amx", "lib", "version"]

log = logging.getLogger("inference.llama")

_LEVELS = {3: logging.WARNING, 4: logging.ERROR}
"""ggml's numbers; 5 continues the line before."""
_last = logging.DEBUG
_expected = ("failed to decode, ret = 2", "compute status: 1", "failed with error 1", "removing memory module entries")
"""What llama.cpp calls errors when a batch is abandoned on purpose, by a cancel or a deadline."""


def _write(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    global _last
    _last = _last if level == 5 else _LEVELS.get(level, logging.DEBUG)
    if log.isEnabledFor(_last) and text.strip(b". \n"):
        line = text.decode("utf-8", "replace").rstrip()
        log.log(logging.DEBUG if line.endswith(_expected[:3]) or _expected[3] in line else _last, line)


LOG_CALLBACK = lib.llama_log_callback(_write)
"""Kept for the life of the process: llama.cpp calls into freed memory otherwise."""

lib.llama_log_set(LOG_CALLBACK, ctypes.c_void_p(0))


def version() -> str:
    return f"llama-cpp-python {lib.__version__}"


def features() -> dict[str, str]:
    """What the library was compiled for, such as `{"AVX512": "1"}`."""
    text = lib.llama_print_system_info().decode()
    pairs = (part.split("=") for part in text.replace("CPU :", "|").split("|") if "=" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def has_amx() -> bool:
    """Built with AMX kernels, which die at the first batched decode (ggml-org/llama.cpp #20824)."""
    return features().get("AMX_INT8") == "1"
