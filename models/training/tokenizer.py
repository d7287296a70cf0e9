"""The vocabulary: byte-level BPE with Qwen2's splitting, R1's special tokens, and one token per symbol and sentence id.

    python -m models.training.tokenizer OUT.json TEXT... --vocab 4096

TEXT are plain files or JSON lines whose string values are read; words of general medical prose belong among them, so that
a guideline's word is one token even where no wording uses it.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from models import dialect

BOS, EOS, USER, ASSISTANT = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"
CONTROL = (BOS, EOS, USER, ASSISTANT)
THINK, UNTHINK = "<think>", "</think>"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
"""llama.cpp's pre-tokenizer `qwen2`; training with another regex would split other merges than the run time does."""


def single_tokens() -> list[str]:
    """Texts that are one token each, besides the control tokens."""
    return [THINK, UNTHINK, *dialect.alphabet(), *dialect.sentence_ids()]


def wrap(prompt: str) -> str:
    """R1's template up to the forced `<think>`."""
    return f"{BOS}{USER}{prompt}{ASSISTANT}{THINK}\n"


def _texts(paths: list[str]) -> Iterator[str]:
    for path in paths:
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rt", encoding="utf-8") as f:
            for line in f:
                if ".jsonl" in path:
                    yield from (v for v in json.loads(line).values() if isinstance(v, str))
                else:
                    yield line


def train(paths: list[str], vocab: int) -> Tokenizer:
    """Control tokens first, then single tokens, then the bytes and merges."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(QWEN2), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tok.decoder = decoders.ByteLevel()
    specials = [AddedToken(t, special=True, normalized=False) for t in CONTROL]
    users = [AddedToken(t, special=False, normalized=False) for t in single_tokens()]
    trainer = trainers.BpeTrainer(
        vocab_size=vocab, special_tokens=specials + users, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    strip = [t for t in single_tokens()]

    def clean() -> Iterator[str]:
        for text in _texts(paths):
            for t in strip:
                if t in text:
                    text = text.replace(t, "\n")
            yield text

    tok.train_from_iterator(clean(), trainer)
    return tok


def load(path: str | Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def id_of(tok: Tokenizer, token: str) -> int:
    """The id of a token that must be there."""
    found: int | None = tok.token_to_id(token)
    if found is None:
        raise LookupError(f"the tokenizer has no token {token!r}")
    return found


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("out")
    p.add_argument("texts", nargs="+")
    p.add_argument("--vocab", type=int, default=4096)
    a = p.parse_args()
    train(a.texts, a.vocab).save(a.out)


if __name__ == "__main__":
    main()
