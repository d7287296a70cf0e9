"""Random weights, drawn in quantised form: blocks of llama.cpp's own layout whose scales are chosen and whose digits are noise.

Nothing is rounded from floats, so a file of any size is written as fast as the disk takes it. Layouts: ggml-common.h.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

STEPS = 15
"""Scale within a block of Q4_K and Q6_K; any constant will do."""
SPREAD_4, SPREAD_6 = 4.61, 18.47
"""Standard deviation of a uniform digit of 4 and of 6 bits."""


def half(value: float) -> Bytes:
    return np.array([value], dtype=np.float16).view(np.uint8)


def q4_0(blocks: Bytes, spread: float) -> None:
    """d, 32 digits of 4 bits: d x (q - 8). The digit 0 is drawn as 8: a mean of half a step would steer every token alike."""
    blocks[:, 2:] |= ((blocks[:, 2:] & 0x0F) == 0) * np.uint8(0x08)
    blocks[:, 2:] |= ((blocks[:, 2:] & 0xF0) == 0) * np.uint8(0x80)
    blocks[:, :2] = half(spread / SPREAD_4)


def q4_k(blocks: Bytes, spread: float) -> None:
    """d, dmin, 8 packed pairs of 6-bit scales, 256 digits of 4 bits: d x scale x q - dmin x scale."""
    d = spread / (SPREAD_4 * STEPS)
    blocks[:, 0:2], blocks[:, 2:4] = half(d), half(7.5 * d)
    blocks[:, 4:12], blocks[:, 12:16] = STEPS, STEPS | STEPS << 4


def q6_k(blocks: Bytes, spread: float) -> None:
    """256 digits of 6 bits, 16 scales, d: d x scale x (q - 32)."""
    blocks[:, 192:208] = STEPS
    blocks[:, 208:210] = half(spread / (SPREAD_6 * STEPS))


FILLERS: dict[GGMLQuantizationType, Callable[[Bytes, float], None]] = {
    GGMLQuantizationType.Q4_0: q4_0,
    GGMLQuantizationType.Q4_K: q4_k,
    GGMLQuantizationType.Q6_K: q6_k,
}


def draw(random: np.random.Generator, rows: int, columns: int, kind: GGMLQuantizationType, spread: float) -> Bytes:
    """(rows, bytes of a row): weights of mean about 0 and standard deviation `spread`."""
    size, width = GGML_QUANT_SIZES[kind]
    if columns % size:
        raise ValueError(f"{kind.name} needs rows of a multiple of {size} weights, not {columns}")
    blocks = np.frombuffer(random.bytes(rows * columns // size * width), dtype=np.uint8).reshape(-1, width).copy()
    FILLERS[kind](blocks, spread)
    return blocks.reshape(rows, -1)


def kind_of(tensor: str, layer: int, layers: int, file_type: LlamaFileType) -> GGMLQuantizationType:
    """Which type llama.cpp's quantiser gives a matrix of this mixture (llama-quant.cpp, `llama_tensor_get_type`)."""
    if tensor == "output":
        return GGMLQuantizationType.Q6_K
    if file_type == LlamaFileType.MOSTLY_Q4_0:
        return GGMLQuantizationType.Q4_0
    more_bits = layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2
    return GGMLQuantizationType.Q6_K if tensor in ("attn_v", "ffn_down") and more_bits else GGMLQuantizationType.Q4_K
