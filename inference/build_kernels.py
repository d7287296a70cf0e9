"""Compiles our faster versions of some of llama.cpp's functions (llama/kernels/), in seconds. Standard library only; the install step runs it.

    python -m inference.build_kernels

They are for x86-64 with AVX-512 VNNI and for the one version of llama.cpp that is installed here, whose layouts they share. Where they
cannot be built, or compute anything else than llama.cpp's own functions, the host goes on without them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from inference.build_llama import AVX512, VERSION, cpu_flags

SOURCES = Path(__file__).resolve().parent / "llama" / "kernels"
NEEDS = AVX512 | {"avx512_vnni", "f16c", "fma"}
FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-shared", "-Wall", "-Wextra", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512vnni", "-mf16c", "-mfma")  # fmt: skip


def suits(flags: set[str]) -> bool:
    """A processor of these flags has the instructions."""
    return flags >= NEEDS


def library(folder: Path = Path(sys.prefix) / "lib") -> Path:
    """Where they lie in this environment: by the sources, the compiler's flags and llama.cpp's version."""
    parts = [path.read_bytes() for path in sorted(SOURCES.glob("*.[ch]"))]
    digest = hashlib.sha256(b"\0".join([*parts, " ".join(FLAGS).encode(), VERSION.encode()])).hexdigest()[:12]
    return folder / f"llama-kernels-{digest}.so"


def build(target: Path) -> None:
    """Raises OSError or CalledProcessError with the compiler's words."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise FileNotFoundError("no C compiler")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        draft = Path(folder) / target.name
        command = [compiler, *FLAGS, *map(str, sorted(SOURCES.glob("*.c"))), "-o", str(draft), "-ldl"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        subprocess.run(
            [sys.executable, "-m", "inference.llama.kernel_check", str(draft)], check=True, capture_output=True, text=True,
            cwd=SOURCES.parents[2], env={**os.environ, "LLAMA_KERNELS": "0"},
        )  # fmt: skip
        draft.replace(target)


def main() -> int:
    target = library()
    if not suits(cpu_flags()):
        print("kernels: this processor has no AVX-512 VNNI; llama.cpp's own are used")
    elif target.exists():
        print("kernels: built already")
    else:
        try:
            build(target)
            print(f"kernels: built and compared with llama.cpp's own; {target}")
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"kernels: not built, llama.cpp's own are used ({getattr(error, 'stderr', '') or error})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
