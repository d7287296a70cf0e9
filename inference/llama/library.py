"""The shared library: imported once, its log tamed, its build described."""

from __future__ import annotations

import ctypes
import importlib.metadata
import logging
import os

from inference import build_kernels, build_llama

SPINS = "2000"
"""How often an idle compute thread looks for work before it sleeps; libgomp's own default burns whole milliseconds, in which
threads on a core that somebody else uses wait for each other. Measured: the README, "Threads"."""
os.environ.setdefault("GOMP_SPINCOUNT", SPINS)  # libgomp reads it once, when it is loaded

GGML_CPU = "libggml-cpu.so.0"


def _kernels() -> ctypes.CDLL | None:
    """Our own versions of some functions, where they are built: the linker takes what is loaded first. `LLAMA_KERNELS=0` leaves them out."""
    path = build_kernels.library()
    fits = importlib.metadata.version(build_llama.PACKAGE) == build_llama.VERSION and build_kernels.suits(build_llama.cpu_flags())
    return ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL) if fits and path.exists() and os.environ.get("LLAMA_KERNELS") != "0" else None


kernels = _kernels()

import llama_cpp as lib  # noqa: E402

if kernels:
    kernels.consilium_find(GGML_CPU.encode())  # they call back into what is loaded now

__all__ = ["GGML_CPU", "features", "has_amx", "kernels", "lib", "version"]

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
    """With the build of our kernels, if they are used: they add up in another order, so that a replay may need the same."""
    return f"llama-cpp-python {lib.__version__}" + (f", {build_kernels.library().stem}" if kernels else "")


def features() -> dict[str, str]:
    """What the library was compiled for, such as `{"AVX512": "1"}`."""
    text = lib.llama_print_system_info().decode()
    pairs = (part.split("=") for part in text.replace("CPU :", "|").split("|") if "=" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def has_amx() -> bool:
    """Built with AMX kernels, which die at the first batched decode (ggml-org/llama.cpp #20824)."""
    return features().get("AMX_INT8") == "1"
