"""Writes a bundled model's folder: weights, card, curve and golden answers.

python -m models.training.publish CHECKPOINT.pt TOKENIZER.json models/bundled/NAME [--figures FIGURES.json] [--curve CURVE.csv]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from models import dialect
from models.training import evaluate, export, generate, tokenizer

TRAINED_ON = (
    "Generated disagreements only (models/training: our own wordings, an expert rule for the labels; no patient, no guideline text). "
    "Layers from scratch; single words start at the word vectors of all-MiniLM-L6-v2 (Apache-2.0); the vocabulary was counted on "
    "the generated text and on clinical abstracts of Evidence Inference (MIT)."
)
CAN = (
    "Read short English guideline sentences in which treatments and conditions are symbols, say sentence by sentence whom they favour, "
    "weigh them by a fixed rule, and cite them. A demonstration of the whole path on any machine."
)
CANNOT = (
    "Know medicine, spell names, do arithmetic, read Korean or Chinese, read long sentences with several statements, or be used for care. "
    "Its judgement is a small pattern reader's, not R1's reasoning."
)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)


def card(folder: Path, parameters: int, tokens: int, figures: dict[str, Any]) -> str:
    data = (folder / "model.gguf").read_bytes()
    head = {
        "name": folder.name,
        "kind": "generate",
        "file": "model.gguf",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "memory": 200_000_000,
        "quantisation": "Q8_0",
        "context": 2048,
        "architecture": "qwen2",
        "parameters": parameters,
        "template": "r1",
        "dialect": "symbols",
        "demonstration": True,
        "licence": "Apache-2.0; starting word vectors Apache-2.0 (sentence-transformers/all-MiniLM-L6-v2)",
        "trained_on": TRAINED_ON,
        "can": CAN,
        "cannot": CANNOT,
    }
    lines = [f"{key} = {_toml(value)}" for key, value in head.items()]
    lines += ["", "[figures]", f"tokens_seen = {tokens}", f'dialect_version = "{dialect.VERSION}"']
    lines += [f"{key} = {_toml(value)}" for key, value in figures.items() if isinstance(value, (int, float))]
    for name, table in figures.items():
        if name == "by_outcome":
            lines += ["", "[figures.right_by_outcome]", *(f"{o} = {_toml(float(v['right']))}" for o, v in table.items())]
        elif isinstance(table, dict):
            lines += ["", f"[figures.{name}]", *(f"{_key(key)} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint", type=Path)
    p.add_argument("tokenizer", type=Path)
    p.add_argument("folder", type=Path)
    p.add_argument("--figures", type=Path)
    p.add_argument("--curve", type=Path)
    p.add_argument("--tokens", type=int, default=0)
    a = p.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    model = export.load(a.checkpoint)
    export.write(model, tokenizer.load(a.tokenizer), a.folder / "model.gguf", "q8_0", a.folder.name)
    parameters = sum(t.numel() for t in export.tensors(model).values())
    if a.tokenizer.resolve() != (a.folder / "tokenizer.json").resolve():
        shutil.copy(a.tokenizer, a.folder / "tokenizer.json")
    if a.curve:
        shutil.copy(a.curve, a.folder / "curve.csv")
    figures = json.loads(a.figures.read_text("utf-8")) if a.figures else {}
    (a.folder / "card.toml").write_text(card(a.folder, parameters, a.tokens, figures), "utf-8")
    write = evaluate.llama(str(a.folder / "model.gguf"))
    golden = [
        {"prompt": (text := dialect.render(s.prompt)), "expected": s.outcome, "text": write(text)} for s in generate.samples(4, 4242, True)
    ]
    (a.folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
