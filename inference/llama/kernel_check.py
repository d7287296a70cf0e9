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
    """Blocks of half-precision scales, before or after random bytes."""
    raw = random.integers(0, 256, (count, digits), dtype=np.uint8)
    halves = random.uniform(0.5, 1.5, (count, scales)).astype(np.float16).view(np.uint8)
    return np.ascontiguousarray(np.concatenate([halves, raw] if first else [raw, halves], axis=1))


def batch(theirs: ctypes.CDLL, kind: str, rows: int, width: int, four: bool) -> Bytes:
    """Random activations, as llama.cpp quantises them: row by row, or four in turn."""
    block, size = {"q8_0": (32, 34), "q8_K": (256, 292)}[kind]
    step = 4 if four else 1
    values = np.random.default_rng(rows).normal(size=(rows, width)).astype(np.float32)
    result = np.zeros((rows, width // block * size), np.uint8)
    quantise = getattr(theirs, f"ggml_quantize_mat_{kind}_4x8" if four else f"quantize_row_{kind}")
    for row in range(0, rows, step):
        quantise(pointer(values[row]), pointer(result[row]), c_int64(width))
    return result


def interleaved(ours: ctypes.CDLL, theirs: ctypes.CDLL, name: str, weights: Bytes, activations: Bytes, width: int, columns: int) -> float:
    """A product with weights that llama.cpp has interleaved by eight columns."""
    rows, results = len(activations), []
    function = f"ggml_gemv_{name}" if rows == 1 else f"ggml_gemm_{name}"
    for library in (ours, theirs):
        out = np.zeros((rows, columns), np.float32)
        stride = c_size_t(columns)
        getattr(library, function)(c_int(width), pointer(out), stride, pointer(weights), pointer(activations), c_int(rows), c_int(columns))
        results.append(out)
    return difference(*results)


def q4_0(ours: ctypes.CDLL, theirs: ctypes.CDLL, width: int, rows: int, columns: int) -> float:
    weights = blocks(np.random.default_rng(width), columns // 8 * width // 32, 8, 128)
    return interleaved(ours, theirs, "q4_0_8x8_q8_0", weights, batch(theirs, "q8_0", rows, width, rows > 1), width, columns)


def q4_k(ours: ctypes.CDLL, theirs: ctypes.CDLL, width: int, rows: int, columns: int) -> float:
    weights = blocks(np.random.default_rng(width), columns // 8 * width // 256, 16, 1120)
    return interleaved(ours, theirs, "q4_K_8x8_q8_K", weights, batch(theirs, "q8_K", rows, width, rows > 1), width, columns)


def q6_k(ours: ctypes.CDLL, theirs: ctypes.CDLL, width: int, rows: int, columns: int) -> float:
    """`rows` of a batch, as llama.cpp multiplies them one by one."""
    weights = blocks(np.random.default_rng(width), columns * width // 256, 1, 208, first=False).reshape(columns, -1)
    activations = batch(theirs, "q8_K", rows, width, four=False)
    mine, own = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    size, none, all_columns = c_size_t(weights.shape[1]), c_size_t(0), c_int64(columns)
    ours.consilium_q6_k(
        c_int(width), pointer(weights), size, c_int64(0), all_columns, pointer(activations), c_int(rows), pointer(mine), c_size_t(columns)
    )
    for row in range(rows):
        for column in range(columns):
            result, w, a = pointer(own[row, column:]), pointer(weights[column]), pointer(activations[row])
            theirs.ggml_vec_dot_q6_K_q8_K(c_int(width), result, none, w, none, a, none, c_int(1))
    return difference(mine, own)


def difference(mine: Floats, own: Floats) -> float:
    """The largest, as a share of the largest value."""
    return float(np.abs(mine - own).max() / np.abs(own).max())


Kernel = Callable[[ctypes.CDLL, ctypes.CDLL, int, int, int], float]
KERNELS: dict[str, Kernel] = {"q4_0": q4_0, "q4_k": q4_k, "q6_k": q6_k}
SHAPES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "q4_0": ((32, 1, 8), (64, 4, 24), (1536, 1, 64), (1536, 4, 40), (1536, 8, 64), (1536, 12, 16), (8960, 28, 8)),
    "q4_k": ((256, 1, 8), (256, 4, 24), (1536, 1, 64), (1536, 4, 40), (1536, 8, 64), (1536, 12, 16), (8960, 28, 8)),
    "q6_k": ((256, 2, 3), (1536, 1, 10), (1536, 8, 65), (8960, 44, 4)),
}
"""Width, rows of the batch, columns of the weights."""


def main() -> int:
    ours, theirs = ctypes.CDLL(str(Path(sys.argv[1]).resolve())), own()
    worst = {name: max(KERNELS[name](ours, theirs, *shape) for shape in shapes) for name, shapes in SHAPES.items()}
    print(worst)
    return int(not all(value <= TOLERANCE for value in worst.values()))


if __name__ == "__main__":
    sys.exit(main())
