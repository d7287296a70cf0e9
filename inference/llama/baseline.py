"""What the host is measured against, in a process of its own: `python -m inference.llama.baseline FILE`, a job as JSON on stdin.

    {"kind": "raw", "streams": 8, "prompt": 64, "tokens": 128, "repeats": 1}
        the bare `llama_decode` loop: one batch of a token of each sequence, no drawing of tokens, no text, no transport.
        The prompt is read once and copied to all sequences; only the decoding is timed. -> {"tokens_per_s": [...]}
    {"kind": "turn", "requests": [[prompt, tokens], ...]}
        the same requests one after another through `llama_cpp.Llama.generate`, with the samplers it has by default and our
        temperature and top-p. Nothing is kept between requests, as between patients. -> {"seconds": s, "prefill": [...]}

Both take `threads` and `context`. Ids of a prompt are any: speed does not depend on them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from inference.llama import weights
from inference.llama.context import Context, Entry, Shape
from inference.llama.library import lib

BATCH = 256


def ids(count: int, salt: int = 0) -> list[int]:
    return [32 + (7 * i + 13 * salt) % 200 for i in range(count)]


def raw(path: Path, job: dict[str, Any]) -> dict[str, Any]:
    streams, prompt, tokens = job["streams"], job["prompt"], job["tokens"]
    descriptor = os.open(path, os.O_RDONLY)
    model = weights.load("baseline", descriptor)
    context = Context(model, Shape(job["context"], streams, BATCH, job["threads"]))
    rates = []
    for _ in range(job.get("repeats", 1)):
        for sequence in range(streams):
            context.remove(sequence)
        text = ids(prompt)
        for start in range(0, prompt, BATCH):
            piece = text[start : start + BATCH]
            context.decode([Entry(token, start + i, 0, i + 1 == len(piece)) for i, token in enumerate(piece)])
        for sequence in range(1, streams):
            context.copy(0, sequence, prompt)
        context.decode([Entry(40 + s, prompt, s, True) for s in range(streams)])
        begun = time.monotonic()
        for position in range(prompt + 1, prompt + tokens + 1):
            context.decode([Entry(40 + position % 150, position, s, True) for s in range(streams)])
            lib.llama_synchronize(context.pointer)
        rates.append(streams * tokens / (time.monotonic() - begun))
    context.close()
    os.close(descriptor)
    return {"tokens_per_s": rates}


def turn(path: Path, job: dict[str, Any]) -> dict[str, Any]:
    threads = job["threads"]
    llama = lib.Llama(str(path), n_ctx=job["context"], n_threads=threads, n_threads_batch=threads, verbose=False)
    prefill, begun = [], time.monotonic()
    for seed, (prompt, tokens) in enumerate(job["requests"]):
        llama.reset()  # type: ignore[no-untyped-call]
        llama.set_seed(seed)
        asked = time.monotonic()
        for count, _ in enumerate(llama.generate(ids(prompt, seed), temp=job["temperature"], top_p=job["top_p"])):
            if not count:
                prefill.append(time.monotonic() - asked)
            if count + 1 >= tokens:
                break
    return {"seconds": time.monotonic() - begun, "prefill": prefill}


KINDS = {"raw": raw, "turn": turn}


def main() -> None:
    job = json.load(sys.stdin)
    print(json.dumps(KINDS[job["kind"]](Path(sys.argv[1]), job)))


if __name__ == "__main__":
    main()
