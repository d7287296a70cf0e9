"""Builds and installs llama-cpp-python for this very processor, without AMX. Standard library only; the install step runs it.

    python -m inference.build_llama                 build once, keep the wheel, install it
    python -m inference.build_llama --force         build again
    python -m inference.build_llama --check FILE    decode a batch with a GGUF in a child process, and say if it dies

The wheel of the package index is source; left to itself the compiler uses AMX where the processor has it, and
llama.cpp's AMX path crashes at the first batched decode (ggml-org/llama.cpp #20824). So each instruction set is named.
The wheel is kept in CONSILIUM_CACHE (default ~/.cache/consilium), by version, flags and Python. A GPU build is the
hospital's own choice: set CMAKE_ARGS, for example "-DGGML_CUDA=on", and it is added.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

PACKAGE, VERSION = "llama-cpp-python", "0.3.36"

BY_FLAG = {
    "sse4_2": "SSE42",
    "avx": "AVX",
    "avx2": "AVX2",
    "bmi2": "BMI2",
    "fma": "FMA",
    "f16c": "F16C",
    "avx512vbmi": "AVX512_VBMI",
    "avx512_vnni": "AVX512_VNNI",
    "avx512_bf16": "AVX512_BF16",
}
"""A flag of /proc/cpuinfo -> the switch of ggml's build. AMX is never among them."""

AVX512 = {"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"}
"""What the compiler takes for granted once ggml's AVX512 switch is on."""

NEEDS_DISK = 1_500_000_000
NEEDS_MEMORY = 1_500_000_000


class CannotBuild(Exception):
    """With a sentence that says what to install or free."""


def cpu_flags(path: Path = Path("/proc/cpuinfo")) -> set[str]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.partition(":")[2].split()) for line in lines if line.startswith("flags")), set())


def cmake_args(flags: set[str], machine: str) -> list[str]:
    """Explicit switches for x86-64; the compiler's own choice elsewhere."""
    if machine.lower() not in ("x86_64", "amd64") or not flags:
        return ["-DLLAMA_BUILD_TOOLS=OFF"]
    wide = flags >= AVX512
    chosen = {switch for flag, switch in BY_FLAG.items() if flag in flags and (wide or not flag.startswith("avx512"))}
    chosen |= {"AVX512"} if wide else set()
    known = [*dict.fromkeys(BY_FLAG.values()), "AVX512"]
    switches = [f"-DGGML_{switch}={'ON' if switch in chosen else 'OFF'}" for switch in sorted(known)]
    return ["-DGGML_NATIVE=OFF", *switches, "-DLLAMA_BUILD_TOOLS=OFF"]


def wheel_folder(cache: Path, args: list[str]) -> Path:
    """Where the wheel for these switches, this version and this Python lies."""
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}-{platform.system()}-{platform.machine()}".lower()
    digest = hashlib.sha256(" ".join(args).encode()).hexdigest()[:12]
    return cache / "llama" / f"{VERSION}-{tag}-{digest}"


def cache_folder() -> Path:
    return Path(os.environ.get("CONSILIUM_CACHE") or Path.home() / ".cache" / "consilium").expanduser()


def cached(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("llama_cpp_python-*.whl"))), None)


def installed_from(folder: Path) -> bool:
    """This environment already has the very build of that folder."""
    try:
        importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return False
    return _note().exists() and _note().read_text() == folder.name


def _note() -> Path:
    """Which build is installed, kept in the environment itself."""
    return Path(sys.prefix) / "llama-build.txt"


def preflight(folder: Path) -> None:
    """Says what is missing before minutes are spent on finding out."""
    if not (shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")) or not (
        shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    ):
        raise CannotBuild("No C and C++ compiler found. Debian/Ubuntu: apt-get install build-essential; Fedora: dnf install gcc-c++ make.")
    where = folder
    while not where.exists():
        where = where.parent
    for place in (where, Path(os.environ.get("TMPDIR", "/tmp"))):
        free = shutil.disk_usage(place).free
        if free < NEEDS_DISK:
            raise CannotBuild(f"{place} has {free / 1e9:.1f} GB free, the build needs {NEEDS_DISK / 1e9:.1f} GB. Free some or set TMPDIR.")
    memory = free_memory()
    if memory is not None and memory < NEEDS_MEMORY:
        raise CannotBuild(f"{memory / 1e9:.1f} GB of memory are free, the compiler needs {NEEDS_MEMORY / 1e9:.1f} GB. Stop something first.")


def free_memory(path: Path = Path("/proc/meminfo")) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), None)


def build(folder: Path, args: list[str]) -> Path:
    """Compiles the wheel into the folder; the log lies beside it. cmake and ninja come from the package index."""
    preflight(folder)
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    log = folder.parent / f"{folder.name}.log"
    say(f"building {PACKAGE} {VERSION} for this processor, about 5 minutes on 2 cores; log: {log}")
    say(f"switches: {' '.join(args)}")
    environment = {**os.environ, "CMAKE_ARGS": " ".join(args)}
    environment.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(max(1, os.cpu_count() or 1)))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-binary", PACKAGE, "--no-cache-dir"]
    begun = time.monotonic()
    with log.open("w") as sink:
        process = subprocess.Popen(
            [*command, "-w", str(draft), f"{PACKAGE}=={VERSION}"], stdout=sink, stderr=sink, env=environment
        )
        while process.poll() is None:
            time.sleep(1)
            if (passed := int(time.monotonic() - begun)) % 30 == 0 and passed:
                say(f"  still building, {passed} s")
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise CannotBuild(f"The build failed after {time.monotonic() - begun:.0f} s. The end of {log}:\n{tail}")
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
    say(f"built in {time.monotonic() - begun:.0f} s")
    wheel = cached(folder)
    if wheel is None:
        raise CannotBuild(f"pip wrote no wheel into {folder}; see {log}")
    return wheel


def install(wheel: Path, folder: Path) -> None:
    say(f"installing {wheel}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", str(wheel)]
    if subprocess.run(command).returncode:
        raise CannotBuild(f"pip could not install {wheel}")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", str(wheel)], check=True)  # what it depends on
    _note().write_text(folder.name)


SELF_TEST = """
import sys
from inference.llama.context import Context, Entry, Shape
from inference.llama import library, weights
import os
path = sys.argv[1]
model = weights.load("check", os.open(path, os.O_RDONLY))
context = Context(model, Shape(context=256, sequences=4, batch=64, threads=2))
for step in range(3):
    context.decode([Entry(1 + i, step * 8 + i, s, i == 7) for s in range(4) for i in range(8)])
print("built with", ", ".join(k for k, v in library.features().items() if v == "1"))
os._exit(0)
"""


def check(gguf: Path) -> None:
    """Decodes batches of four sequences in a child process. A native crash ends the child, not us."""
    root = str(Path(__file__).resolve().parent.parent)
    result = subprocess.run(
        [sys.executable, "-c", SELF_TEST, str(gguf)], capture_output=True, text=True, cwd=root, env={**os.environ, "PYTHONPATH": root}
    )
    if result.returncode:
        how = f"signal {-result.returncode}" if result.returncode < 0 else result.stderr.strip().splitlines()[-1:]
        raise CannotBuild(f"Batched decoding dies here ({how}). Build again with --force; AMX must be off (llama.cpp #20824).")
    say(f"batched decoding works; {result.stdout.strip()}")


def say(text: str) -> None:
    print(f"llama: {text}", flush=True)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m inference.build_llama", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--force", action="store_true", help="build again although a wheel is kept")
    parser.add_argument("--check", type=Path, metavar="GGUF", help="only decode a batch with this file")
    values = parser.parse_args(argv)
    try:
        if values.check:
            check(values.check)
            return 0
        args = [*cmake_args(cpu_flags(), platform.machine()), *os.environ.get("CMAKE_ARGS", "").split()]
        folder = wheel_folder(cache_folder(), args)
        if installed_from(folder) and not values.force:
            say("the right build is installed already")
            return 0
        wheel = None if values.force else cached(folder)
        say(f"found a kept wheel in {folder}" if wheel else f"no wheel is kept in {folder}")
        install(wheel or build(folder, args), folder)
    except CannotBuild as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
