"""Scores a GGUF on generated cases with held-out wordings, in both orders of the plans, beside shallow baselines.

python -m models.training.evaluate MODEL.gguf [--cases 300] [--seed 9001] [--seen] [--json OUT.json] [--show 3]
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from models import dialect
from models.training import baselines, generate, tokenizer
from models.training.generate import Sample

Write = Callable[[str], str]
"""Prompt -> the model's text after `<think>`."""

_SWAP = str.maketrans({"x": "y", "y": "x"})


def mirrored(prompt: dialect.SymbolicPrompt) -> dialect.SymbolicPrompt:
    """The same case with the plans exchanged."""

    def flip(text: str) -> str:
        return dialect.SYMBOL.sub(lambda m: f"⟨{m.group(1).translate(_SWAP)}{m.group(2)}⟩", text)

    def items(plan: tuple[dialect.SymbolicItem, ...]) -> tuple[dialect.SymbolicItem, ...]:
        return tuple(replace(i, text=flip(i.text)) for i in plan)

    passages = tuple(replace(p, sentences=tuple(flip(s) for s in p.sentences)) for p in prompt.passages)
    return replace(prompt, question=flip(prompt.question), x=items(prompt.y), y=items(prompt.x), passages=passages)


def opposite(outcome: str) -> str:
    return {"supports_x": "supports_y", "supports_y": "supports_x"}.get(outcome, outcome)


def llama(path: str, grammar: bool = False, threads: int = 1) -> Write:
    """Greedy text of a GGUF through llama.cpp."""
    import llama_cpp

    model = llama_cpp.Llama(path, n_ctx=2048, n_threads=threads, verbose=False)
    end = model.token_eos()

    def write(prompt: str) -> str:
        ids = model.tokenize(tokenizer.wrap(prompt).encode(), add_bos=False, special=True)
        out: list[int] = []
        model.reset()  # type: ignore[no-untyped-call]
        for token in model.generate(ids, temp=0.0, top_k=1, repeat_penalty=1.0):
            if token == end or len(out) >= 500:
                break
            out.append(token)
        return model.detokenize(out, special=True).decode("utf-8", "replace")

    return write


def parse(text: str) -> tuple[str, dict[str, object]]:
    """(notes, answer); an unreadable answer is empty."""
    notes, _, body = text.partition(tokenizer.UNTHINK)
    try:
        answer = json.loads(body)
    except json.JSONDecodeError:
        return notes.strip(), {}
    return notes.strip(), answer if isinstance(answer, dict) else {}


def _lines(notes: str) -> dict[str, str]:
    """Sentence id -> note."""
    return dict(line.split(" ", 1) for line in notes.splitlines() if re.match(r"E\d+\.\d ", line))


def _cites(answer: dict[str, object]) -> set[str]:
    claims = answer.get("claims")
    return {c for claim in claims for c in claim.get("cites", [])} if isinstance(claims, list) else set()


def _faithful(prompt: dialect.SymbolicPrompt, answer: dict[str, object]) -> tuple[int, int]:
    """Claims whose symbols all stand in the sentences they cite, of all claims."""
    texts = {f"E{i}.{j}": t for i, p in enumerate(prompt.passages, 1) for j, t in enumerate(p.sentences, 1)}
    claims = answer.get("claims")
    good = total = 0
    for claim in claims if isinstance(claims, list) else []:
        cited = " ".join(texts.get(c, "") for c in claim.get("cites", []))
        total += 1
        good += set(dialect.symbols_in(str(claim.get("text", "")))) <= set(dialect.symbols_in(cited))
    return good, total


def score(cases: list[Sample], write: Write, show: int = 0) -> dict[str, object]:
    """Every figure of the card."""
    n = Counter[str]()
    by: dict[str, Counter[str]] = {o: Counter() for o in dialect.OUTCOMES}
    wrong_lines: Counter[str] = Counter()
    for s in cases:
        notes, answer = parse(write(dialect.render(s.prompt)))
        _, back = parse(write(dialect.render(mirrored(s.prompt))))
        got = str(answer.get("outcome", "unreadable"))
        n["outcome"] += got == s.outcome
        n["readable"] += bool(answer)
        n["sided_both"] += got == opposite(str(back.get("outcome", "unreadable")))
        if got in ("supports_x", "supports_y"):
            n["sides"] += 1
            n["sides_kept"] += got == opposite(str(back.get("outcome", "")))
            n["sides_reversed"] += got == str(back.get("outcome", ""))
        by[s.outcome][got] += 1
        mine, gold = _cites(answer), set(s.cites)
        n["gold"], n["hit"], n["cited"] = n["gold"] + len(gold), n["hit"] + len(gold & mine), n["cited"] + len(mine)
        good, total = _faithful(s.prompt, answer)
        n["faithful"], n["claims"] = n["faithful"] + good, n["claims"] + total
        lines, wrote = _lines(s.think), _lines(notes)
        for key, line in lines.items():
            n["lines"] += 1
            n["lines_right"] += wrote.get(key) == line
            if wrote.get(key) != line:
                wrong_lines[f"{re.sub(r'⟨.*', '', line)} -> {re.sub(r'⟨.*', '', wrote.get(key, 'missing'))}"] += 1
        if show and got != s.outcome:
            show -= 1
            print(dialect.render(s.prompt), "\n-- should be\n" + s.think, "\n-- wrote\n" + notes, "\n", got, "for", s.outcome, "\n")
    total = len(cases)
    return {
        "cases": total,
        "outcome_right": n["outcome"] / total,
        "answer_readable": n["readable"] / total,
        "decisive_sentences_cited": n["hit"] / max(1, n["gold"]),
        "cited_sentences_decisive": n["hit"] / max(1, n["cited"]),
        "same_in_both_orders": n["sided_both"] / total,
        "side_kept_in_both_orders": n["sides_kept"] / max(1, n["sides"]),
        "side_reversed_by_order": n["sides_reversed"] / max(1, n["sides"]),
        "claims_with_symbols_of_their_sentence": n["faithful"] / max(1, n["claims"]),
        "sentences_read_right": n["lines_right"] / max(1, n["lines"]),
        "by_outcome": {
            o: {"cases": sum(c.values()), "right": c[o] / max(1, sum(c.values())), "most_common": c.most_common(3)} for o, c in by.items()
        },
        "misread": wrong_lines.most_common(25),
    }


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("--cases", type=int, default=300)
    p.add_argument("--seed", type=int, default=9001)
    p.add_argument("--seen", action="store_true", help="wordings of the training half")
    p.add_argument("--json", type=Path)
    p.add_argument("--show", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    cases = list(generate.samples(a.cases, a.seed, not a.seen))
    figures = score(cases, llama(a.model, threads=a.threads), a.show)
    figures["baselines"] = baselines.score(list(generate.samples(3000, a.seed + 1)), cases)
    print(json.dumps(figures, indent=1, ensure_ascii=False))
    if a.json:
        a.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
