"""What llama.cpp runs is what torch trained: the same greedy tokens, the same tokenisation."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
llama_cpp = pytest.importorskip("llama_cpp")

from models import catalogue, dialect  # noqa: E402
from models.training import export, generate, tokenizer  # noqa: E402
from models.training.model import Arbiter, Shape  # noqa: E402

FOLDER = Path(catalogue.default().folder) if catalogue.bundled() else Path("none")


@pytest.fixture(scope="module")
def tok():  # type: ignore[no-untyped-def]
    return tokenizer.load(FOLDER / "tokenizer.json")


def prompts(count: int) -> list[str]:
    return [tokenizer.wrap(dialect.render(s.prompt)) for s in generate.samples(count, 11, held_out=True)]


def greedy(path: Path, ids: list[int], limit: int) -> list[int]:
    model = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, verbose=False)
    out: list[int] = []
    for token in model.generate(ids, temp=0.0, top_k=1, repeat_penalty=1.0):
        out.append(token)
        if len(out) == limit:
            break
    return out


def test_f32_writes_the_tokens_of_torch(tmp_path: Path, tok) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(3)
    model = Arbiter(Shape(vocab=tok.get_vocab_size(), width=64, heads=2, kv_heads=1, hidden=96, layers=2)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2.5)
    export.write(model, tok, tmp_path / "m.gguf", "f32")
    for text in prompts(2):
        ids = tok.encode(text, add_special_tokens=False).ids
        assert greedy(tmp_path / "m.gguf", ids, 16) == model.write(torch.tensor([ids]), -1, 16)[0]


def test_bundled_model_splits_text_as_it_was_trained(tok) -> None:  # type: ignore[no-untyped-def]
    model = llama_cpp.Llama(str(FOLDER / "model.gguf"), n_ctx=256, n_threads=1, verbose=False, vocab_only=True)
    for text in [*prompts(6), '5 mg\n\n{"outcome":"neither"} \t 3.5%  naïve ⟨x1⟩ E1.1']:
        assert model.tokenize(text.encode(), add_bos=False, special=True) == tok.encode(text, add_special_tokens=False).ids


def test_every_symbol_and_sentence_id_is_one_token(tok) -> None:  # type: ignore[no-untyped-def]
    assert all(len(tok.encode(t, add_special_tokens=False).ids) == 1 for t in tokenizer.single_tokens())
