"""The file of R1's shape and random weights: its parts are what they say, and the real host runs it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType, LlamaFileType
from gguf.quants import dequantize

from models.training import shape
from models.training.blocks import draw, kind_of

SMALL = shape.Shape(layers=2, width=256, heads=4, kv_heads=2, feed=512, vocabulary=2048)
Q4_0, Q4_K, Q6_K = GGMLQuantizationType.Q4_0, GGMLQuantizationType.Q4_K, GGMLQuantizationType.Q6_K


@pytest.mark.parametrize("kind", [Q4_0, Q4_K])
def test_blocks_hold_weights_of_the_spread_asked(kind: GGMLQuantizationType) -> None:
    weights = dequantize(draw(np.random.default_rng(1), 64, 1024, kind, 0.02), kind)
    assert weights.shape == (64, 1024)
    assert weights.std() == pytest.approx(0.02, rel=0.1) and abs(weights.mean()) < 0.001


def test_blocks_of_six_bits_too() -> None:
    weights = dequantize(draw(np.random.default_rng(1), 64, 1024, Q6_K, 0.1), Q6_K)
    assert weights.std() == pytest.approx(0.1, rel=0.1) and abs(weights.mean()) < 0.005


def test_a_row_that_does_not_fit_its_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 256"):
        draw(np.random.default_rng(1), 4, 96, Q4_K, 0.02)


def test_the_mixture_is_that_of_the_published_file() -> None:
    """Q4_K_M of 28 layers: half of the value and down matrices have six bits."""
    six = [i for i in range(28) if kind_of("ffn_down", i, 28, LlamaFileType.MOSTLY_Q4_K_M) == Q6_K]
    assert six == [0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 24, 25, 26, 27]
    assert kind_of("attn_q", 0, 28, LlamaFileType.MOSTLY_Q4_K_M) == Q4_K
    assert kind_of("output", -1, 28, LlamaFileType.MOSTLY_Q4_0) == Q6_K


def test_the_full_shape_has_r1s_size_and_special_tokens() -> None:
    weights = sum(rows * columns for _, _, rows, columns in shape.Shape().matrices())
    assert weights == pytest.approx(1.777e9, rel=0.001)  # Qwen2.5's 1.54e9, and an output matrix of its own
    tokens, kinds, merges = shape.vocabulary(151_936)
    assert len(tokens) == len(set(tokens)) == len(kinds) == 151_936 and len(merges) == 151_643 - 256
    assert tokens.index("<｜end▁of▁sentence｜>") == 151_643 and tokens.index("<think>") == 151_648


@pytest.mark.parametrize("kind", sorted(shape.FILE_TYPES))
def test_the_host_runs_it_to_its_full_length(kind: str, tmp_path: Path) -> None:
    from inference.backends.host import HostEngine
    from inference.bench.load import follow, request
    from inference.options import HostOptions
    from inference.supervisor import Supervisor

    card = shape.card(tmp_path / kind, kind, SMALL, context=512)
    assert shape.card(tmp_path / kind, kind, SMALL) == card, "made once"
    with tempfile.TemporaryDirectory(prefix="cns-") as folder, Supervisor(str(card), Path(folder), HostOptions(threads=1, nice=0)) as host:
        run = follow(HostEngine(host.socket).generate(request(HostEngine(host.socket), 64, 100, samples=3)))
    assert run.tokens == 300 and 50 <= run.prompt_tokens <= 80
