"""Our versions of llama.cpp's matrix products compute what llama.cpp's own do, alone and inside a whole model."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference import build_kernels
from inference.build_llama import cpu_flags
from inference.llama import kernel_check
from models.training import shape

SMALL = shape.Shape(layers=2, width=256, heads=4, kv_heads=2, feed=512, vocabulary=2048)
LOGITS = """
import sys
import numpy as np
from inference.llama import library, weights
from inference.llama.context import Context, Entry, Shape
import os
model = weights.load("small", os.open(sys.argv[1], os.O_RDONLY))
context = Context(model, Shape(context=64, sequences=9, batch=64, threads=2))
rows = []
for batch in (
    [Entry(300 + i, i, 0, i == 19) for i in range(20)],
    [Entry(400 + s, 20 if s == 0 else 0, s, True) for s in range(9)],
):
    context.decode(batch)
    for index, entry in enumerate(batch):
        if entry.wants_logits:
            pointer = library.lib.llama_get_logits_ith(context.pointer, index)
            rows.append(np.ctypeslib.as_array(pointer, shape=(2048,)).copy())
np.save(sys.argv[2], np.array(rows))
print(library.version())
os._exit(0)
"""

suits = pytest.mark.skipif(not build_kernels.suits(cpu_flags()), reason="the processor has no AVX-512 VNNI")


@pytest.fixture(scope="module")
def kernels() -> ctypes.CDLL:
    path = build_kernels.library()
    assert path.exists(), "python -m inference.build_kernels builds them; the install step does"
    return ctypes.CDLL(str(path))


@suits
@pytest.mark.parametrize(
    ("name", "size"),
    [(name, size) for name, sizes in kernel_check.SHAPES.items() for size in sizes],
    ids=lambda value: value if isinstance(value, str) else "x".join(map(str, value)),
)
def test_a_kernel_computes_what_llama_cpp_does(kernels: ctypes.CDLL, name: str, size: tuple[int, int, int]) -> None:
    assert kernel_check.KERNELS[name](kernels, kernel_check.own(), *size) <= kernel_check.TOLERANCE


@suits
@pytest.mark.parametrize("kind", ["q4_0", "q4_k_m"])
def test_a_model_writes_the_same_with_them_and_without(tmp_path: Path, kind: str) -> None:
    """A prompt of twenty, then nine sequences: products of four, eight, one and twenty rows."""
    file = tmp_path / "small.gguf"
    shape.write(file, kind, SMALL)
    (with_them, engine), (without, plain) = logits(file, "1"), logits(file, "0")
    assert "llama-kernels-" in engine and "llama-kernels-" not in plain
    assert not np.array_equal(with_them, without), "they were not called"
    spread = np.abs(without).max()
    assert np.abs(with_them - without).max() <= 0.02 * spread


def logits(file: Path, kernels: str) -> tuple[NDArray[np.float32], str]:
    """Of ten rows, and what the engine calls itself."""
    out, root = file.with_name(f"logits-{kernels}.npy"), str(Path(build_kernels.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", LOGITS, str(file), str(out)], capture_output=True, text=True, env={**os.environ, "LLAMA_KERNELS": kernels, "PYTHONPATH": root}
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return np.load(out), done.stdout


def test_another_source_is_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build_kernels.library(tmp_path)
    (tmp_path / "other.c").write_text("int nothing;")
    monkeypatch.setattr(build_kernels, "SOURCES", tmp_path)
    assert build_kernels.library(tmp_path) != before


def test_a_kernel_that_does_not_compile_leaves_llama_cpp_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.c").write_text("this is no C")
    monkeypatch.setattr(build_kernels, "SOURCES", tmp_path)
    monkeypatch.setattr(build_kernels, "suits", lambda flags: True)
    monkeypatch.setattr(build_kernels, "library", lambda: tmp_path / "lib" / "kernels.so")
    assert build_kernels.main() == 0
    assert "llama.cpp's own are used" in capsys.readouterr().out and not (tmp_path / "lib" / "kernels.so").exists()


def test_an_older_processor_is_left_alone() -> None:
    assert not build_kernels.suits({"avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512cd"})
