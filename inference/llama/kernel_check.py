"""Our kernels against llama.cpp's own functions on random blocks: `python -m inference.llama.kernel_check FILE` ends with 1 if they differ."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import c_int, c_int64, c_size_t
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.llama.library import GGML_CPU, lib

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

TOLERANCE = 1e-5
"""Of the largest value: both sum up exact whole numbers, in another order of floating-point additions."""


def own() -> ctypes.CDLL:
    """llama.cpp's own functions, whatever has taken their place."""
    lib.llama_backend_init()
    library = ctypes.CDLL(GGML_CPU, mode=ctypes.RTLD_GLOBAL)
    library.ggml_cpu_init()
    return library


def pointer(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def blocks(random: np.random.Generator, count: int, scales: int, digits: int, first: bool = True) -> Bytes:
    """Blocks of half-precision scales, before or after random bytes; 0x80 is left out, a digit that no activation has."""
    raw = random.integers(0, 256, (count, digits), dtype=np.uint8)
    raw[raw == 0x80] = 7
    halves = random.uniform(0.5, 1.5, (count, scales)).astype(np.float16).view(np.uint8)
    return np.ascontiguousarray(np.concatenate([halves, raw] if first else [raw, halves], axis=1))


def q4_0(ours: ctypes.CDLL, theirs: ctypes.CDLL, width: int, rows: int, columns: int) -> float:
    random = np.random.default_rng(width + rows)
    weights = blocks(random, columns // 8 * width // 32, 8, 128)
    lane = 1 if rows == 1 else 4
    batch = blocks(random, rows // lane * width // 32, lane, 32 * lane)
    name = "ggml_gemv_q4_0_8x8_q8_0" if rows == 1 else "ggml_gemm_q4_0_8x8_q8_0"
    results = []
    for library in (ours, theirs):
        out = np.zeros((rows, columns), np.float32)
        getattr(library, name)(c_int(width), pointer(out), c_size_t(columns), pointer(weights), pointer(batch), c_int(rows), c_int(columns))
        results.append(out)
    return difference(*results)


def q6_k(ours: ctypes.CDLL, theirs: ctypes.CDLL, width: int, rows: int, columns: int) -> float:
    """`rows` of a batch, as llama.cpp multiplies them one by one."""
    random = np.random.default_rng(width + rows)
    weights = blocks(random, columns * width // 256, 1, 208, first=False).reshape(columns, -1)
    batch = np.zeros((rows, width // 256 * 292), np.uint8)
    values = random.normal(size=(rows, width)).astype(np.float32)
    for row in range(rows):
        theirs.quantize_row_q8_K(pointer(values[row]), pointer(batch[row]), c_int64(width))
    mine, own = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    stride = c_size_t(weights.shape[1])
    ours.consilium_q6_k(
        c_int(width), pointer(weights), stride, c_int64(0), c_int64(columns), pointer(batch), c_int(rows), pointer(mine), c_size_t(columns)
    )
    for row in range(rows):
        for column in range(columns):
            result, w, a, none = pointer(own[row, column:]), pointer(weights[column]), pointer(batch[row]), c_size_t(0)
            theirs.ggml_vec_dot_q6_K_q8_K(c_int(width), result, none, w, none, a, none, c_int(1))
    return difference(mine, own)


def difference(mine: Floats, own: Floats) -> float:
    """The largest, as a share of the largest value."""
    return float(np.abs(mine - own).max() / np.abs(own).max())


Kernel = Callable[[ctypes.CDLL, ctypes.CDLL, int, int, int], float]
KERNELS: dict[str, Kernel] = {"q4_0": q4_0, "q6_k": q6_k}
SHAPES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "q4_0": ((32, 1, 8), (64, 4, 24), (1536, 1, 64), (1536, 4, 40), (1536, 8, 64), (1536, 12, 16), (8960, 28, 8)),
    "q6_k": ((256, 2, 3), (1536, 1, 10), (1536, 8, 65), (8960, 32, 4)),
}
"""Width, rows of the batch, columns of the weights."""


def main() -> int:
    ours, theirs = ctypes.CDLL(str(Path(sys.argv[1]).resolve())), own()
    worst = {name: max(KERNELS[name](ours, theirs, *shape) for shape in shapes) for name, shapes in SHAPES.items()}
    print(worst)
    return int(not all(value <= TOLERANCE for value in worst.values()))


if __name__ == "__main__":
    sys.exit(main())
