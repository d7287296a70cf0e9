#!/usr/bin/env python3
"""Makes .venv and installs everything into it: `python3 clinic/deploy/install.py [--extras test]`. Standard library only.

Safe to repeat: a stamp makes the next run take no time until pyproject.toml changes. Each step says what it does and how long
it took; one that fails says what to do. Needs no root.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"

OLDEST = (3, 11)
DISK_GB, DISK_GB_LATER = 6.0, 1.0
"""Free space for a first installation (about 2.5 GB stay), and for one that only adds to it."""
MEMORY_GB = 4.0
BEAT_S = 20.0
"""How often a long step says that it is still at work."""


class Stop(Exception):
    """The installation cannot go on; the sentence says what to do."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--extras", default="", help="groups of pyproject.toml to install too, such as test")
    parser.add_argument("--check", action="store_true", help="only look at this machine, install nothing")
    arguments = parser.parse_args(argv)
    extras = sorted(filter(None, arguments.extras.split(",")))
    try:
        newer_python()
        with Lock():
            if arguments.check:
                return check() or say("This machine will do.")
            return 0 if installed(extras) else install(extras)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130


def install(extras: list[str]) -> int:
    started = time.monotonic()
    say(f"Installing Consilium into {VENV} (once; later starts skip this)")
    check()
    VENV.mkdir(exist_ok=True)
    for number, (what, step) in enumerate(STEPS, 1):
        begun = time.monotonic()
        say(f"  [{number}/{len(STEPS)}] {what}")
        step(extras)
        say(f"        done in {time.monotonic() - begun:.1f} s")
    STAMP.write_text(json.dumps(stamp(extras)))
    return say(f"Installed in {time.monotonic() - started:.0f} s; {size_gb(VENV):.1f} GB on disk")


# What the machine must have ----------------------------------------------------------------------------------------------------


def newer_python() -> None:
    """Goes on under a newer interpreter of this machine if the one that was called is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            os.execv(found, [found, *sys.argv])
    raise Stop(f"Python {platform.python_version()} is too old: install Python 3.11 or newer (for example: apt-get install python3.11 python3.11-venv).")


def check() -> int:
    """Python's venv module, disk, memory, and a compiler where one is needed."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Stop(f"Python's venv module is missing. Install it, for example: apt-get install python3.{sys.version_info[1]}-venv") from None
    needed = DISK_GB_LATER if site("torch") else DISK_GB
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise Stop(f"Only {free:.1f} GB are free on the disk of {ROOT}; {needed:g} GB are needed. Free some space, or move the folder to a larger disk.")
    memory = memory_gb()
    if memory < MEMORY_GB:
        raise Stop(f"This machine has {memory:.1f} GB of memory; at least {MEMORY_GB:g} GB are needed.")
    compiler()
    return 0


def memory_gb() -> float:
    """Of the machine, or of the container where that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return (min(total, int(text)) if text.isdigit() else total) / 1e9


def compiler() -> None:
    """llama.cpp is compiled for this processor, unless a wheel of it lies in the cache: better said now than after the downloads."""
    sys.path.insert(0, str(ROOT))
    from inference import build_llama

    os.environ["CMAKE_ARGS"] = cmake_args()
    switches = [*build_llama.cmake_args(build_llama.cpu_flags(), platform.machine()), *cmake_args().split()]
    folder = build_llama.wheel_folder(build_llama.cache_folder(), switches)
    if site("llama_cpp") or build_llama.cached(folder):
        return
    try:
        build_llama.preflight(folder)
    except build_llama.CannotBuild as error:
        raise Stop(f"{error}\nllama.cpp is compiled once for this processor. Then run the same command again.") from None


# Steps -------------------------------------------------------------------------------------------------------------------------


def environment(extras: list[str]) -> None:
    """A virtual environment whose interpreter answers; a broken one is made anew."""
    if works():
        return
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], log=None)


def torch(extras: list[str]) -> None:
    """First and by its exact pin: where a CPU build is at hand, an open range would pull several GB of CUDA instead."""
    pip("install", pinned("torch"))


def llama(extras: list[str]) -> None:
    """Built without the AMX kernels that crash (inference/build_llama.py), from the cache where one fits; then our faster kernels."""
    run([str(PYTHON), "-m", "inference.build_llama"])
    run([str(PYTHON), "-m", "inference.build_kernels"])


def project(extras: list[str]) -> None:
    pip("install", "--editable", f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT))


STEPS = (
    ("a Python environment of its own", environment),
    ("torch, for the embedder (about 200 MB as a CPU build)", torch),
    ("llama.cpp, compiled for this processor (about 5 minutes the first time)", llama),
    ("Consilium and its libraries", project),
)


# Tools -------------------------------------------------------------------------------------------------------------------------


def installed(extras: list[str]) -> bool:
    """Whether the stamp says that all of this is there."""
    found, wanted = stamped(), stamp(extras)
    return found.get("key") == wanted["key"] and set(extras) <= set(found.get("extras", ())) and PYTHON.exists()


def stamp(extras: list[str]) -> dict[str, Any]:
    """What an installation depends on."""
    files = [ROOT / name for name in ("pyproject.toml", "inference/build_llama.py", "inference/build_kernels.py")]
    files += sorted((ROOT / "inference/llama/kernels").glob("*"))
    parts = [path.read_bytes() for path in files if path.exists()]
    key = hashlib.sha256(b"\0".join([*parts, str(ROOT).encode(), cmake_args().encode()])).hexdigest()
    return {"key": key, "extras": sorted({*extras, *stamped().get("extras", ())}), "cmake_args": cmake_args()}


def stamped() -> dict[str, Any]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def cmake_args() -> str:
    """What llama.cpp is built with: a GPU build asked for once stays until another is asked for."""
    return os.environ.get("CMAKE_ARGS") or str(stamped().get("cmake_args", ""))


def works() -> bool:
    if not PYTHON.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(PYTHON), "-c", probe], capture_output=True).returncode == 0


def site(package: str) -> bool:
    return any(VENV.glob(f"lib/python3*/site-packages/{package}/__init__.py"))


def pinned(name: str) -> str:
    """The requirement of that name in pyproject.toml, the one place of versions."""
    import tomllib

    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines: list[str] = table["project"]["dependencies"]
    return next(line for line in lines if line.startswith(f"{name}=="))


def pip(*arguments: str) -> None:
    run([str(PYTHON), "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"])


def run(command: list[str], log: Path | None = LOG) -> None:
    """Runs a command in the repository, its output in the log; a long one says now and then how far it is."""
    with (log.open("a") if log else open(os.devnull, "w")) as sink:
        sink.write(f"$ {' '.join(command)}\n")
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        tail: list[str] = []
        done = threading.Event()
        threading.Thread(target=beat, args=(done,), daemon=True).start()
        try:
            for line in process.stdout or ():
                sink.write(line)
                tail = [*tail[-24:], line.rstrip()]
        except BaseException:
            process.terminate()
            raise
        finally:
            done.set()
        if process.wait():
            where = f"Its whole output: {log}" if log else ""
            raise Stop("\n".join([*tail, "", f"This step failed: {' '.join(command)}", advice("\n".join(tail)), where]))


def beat(done: threading.Event) -> None:
    started = time.monotonic()
    while not done.wait(BEAT_S):
        say(f"        {time.monotonic() - started:4.0f} s ...")


def advice(text: str) -> str:
    """What usually helps, from what pip said."""
    for sign, sentence in ADVICE:
        if sign in text:
            return sentence
    return "Mend what the lines above name and run the same command again; what is installed is kept."


ADVICE = (
    ("No space left", "The disk is full: free some space and run the same command again."),
    ("connection", "The package index was not reached: look at the network or the proxy (`pip config list`), then run the same command again."),
    ("Could not find a version", "The package index has no such version for this Python: try another Python from 3.11 on, or another index (`pip config list`)."),
    ("CMAKE_CXX_COMPILER", "The C++ compiler does not work: reinstall it (for example: apt-get install --reinstall build-essential cmake)."),
)


def size_gb(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*")) / 1e9


def say(text: str) -> int:
    print(text, flush=True)
    return 0


class Lock:
    """One installation at a time in one folder; a second one waits."""

    def __enter__(self) -> None:
        self._folder = os.open(ROOT, os.O_RDONLY)
        try:
            fcntl.flock(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another installation is running here; waiting for it ...")
            fcntl.flock(self._folder, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._folder)


if __name__ == "__main__":
    sys.exit(main())
