"""What the host is measured against: the bare `llama_decode` loop, and requests one after another through `llama_cpp.Llama`.

For `manage.py bench inference` only; run in a process of its own (`python -m inference.llama.baseline FILE ...`).
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from inference.llama import weights
from inference.llama.context import Context, Entry, Shape
from inference.llama.library import lib


def raw(path: Path, streams: int, tokens: int, threads: int) -> float:
    """Tokens a second of `streams` sequences decoded in one batch, without sampling or transport."""
    descriptor = os.open(path, os.O_RDONLY)
    model = weights.load("baseline", descriptor)
    context = Context(model, Shape(context=tokens + 64, sequences=streams, batch=max(64, streams), threads=threads))
    context.decode([Entry(5, 0, s, True) for s in range(streams)])
    begun = time.monotonic()
    for position in range(1, tokens + 1):
        context.decode([Entry(5 + position % 50, position, s, True) for s in range(streams)])
    seconds = time.monotonic() - begun
    context.close()
    os.close(descriptor)
    return streams * tokens / seconds


def in_turn(path: Path, requests: int, prompt: int, tokens: int, threads: int) -> float:
    """Seconds for the same requests one after another through `llama_cpp.Llama`."""
    llama = lib.Llama(str(path), n_ctx=prompt + tokens + 64, n_threads=threads, verbose=False)
    ids = [5 + i % 50 for i in range(prompt)]
    begun = time.monotonic()
    for seed in range(requests):
        llama.reset()  # type: ignore[no-untyped-call]
        llama.set_seed(seed)
        for count, _ in enumerate(llama.generate([*ids, 5 + seed], temp=1.5, top_p=1.0, reset=True)):
            if count + 1 >= tokens:
                break
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    for name, default in (("streams", 8), ("prompt", 64), ("tokens", 128), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    values = parser.parse_args()
    report = {
        "raw_tokens_per_s": raw(values.file, values.streams, values.tokens, values.threads),
        "in_turn_s": in_turn(values.file, values.streams, values.prompt, values.tokens, values.threads),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
