"""How much is written in a second: streams at once, one stream, a panel."""

from __future__ import annotations

import statistics

from inference.bench.figure import Figure, Goal
from inference.bench.load import at_once, follow, rate, request
from inference.bench.rig import Rig
from inference.types import Request, Segment


def streams(rig: Rig, count: int, prompt: int, answer: int) -> Figure:
    """`count` requests of different clients at once, against as many of the same sizes one after another through
    `llama_cpp.Llama`: seconds from the first request to the last token, prompts included on both sides."""
    asked = [request(rig.engine, prompt, answer, seed=seed, client=f"bench-{seed}") for seed in range(count)]
    runs, seconds = at_once(rig.engine, asked)
    in_turn = rig.baseline("turn", requests=[[run.prompt_tokens, run.tokens] for run in runs])
    tokens = sum(run.tokens for run in runs)
    detail = {
        "tokens_per_s": tokens / seconds,
        "in_turn_tokens_per_s": tokens / in_turn["seconds"],
        "prompt": runs[0].prompt_tokens,
        "tokens": tokens / count,
    }
    return Figure(f"{count} streams, times Llama in turn", in_turn["seconds"] / seconds, "x", Goal(3, "least"), detail)


def decode(rig: Rig, count: int, prompt: int, answer: int, repeats: int) -> Figure:
    """Tokens a second while all `count` samples of one request write, against the raw `llama_decode` loop at the same batch
    and depth; medians of repeats."""
    runs = [follow(rig.engine.generate(request(rig.engine, prompt, answer, seed=7 * i, samples=count))) for i in range(repeats)]
    ours = statistics.median(map(rate, runs))
    same = {"streams": count, "prompt": runs[0].prompt_tokens, "tokens": max(8, round(statistics.median(r.tokens for r in runs) / count))}
    raw = statistics.median(rig.baseline("raw", repeats=repeats, **same)["tokens_per_s"])
    name = "single stream, of the raw loop" if count == 1 else f"{count} streams, of the raw loop"
    return Figure(name, ours / raw, "x", Goal(0.95, "least"), {"tokens_per_s": ours, "raw_tokens_per_s": raw, "repeats": repeats, **same})


SHARED = 0.2
"""Of a panel's prompt: patient and question stand first, plans and evidence change places with the order (clinic.reasoning, plain.py)."""


def panel(rig: Rig, prompt: int, answer: int, orders: int = 2, seeds: int = 3) -> Figure:
    """Seconds of one consult's panel, against six requests of the same sizes through `llama_cpp.Llama`.

    The seeds of an order share its whole prompt, the orders its beginning, as the product's do. Nothing is kept between the six: a
    hospital's next request is another patient's. `if_prompts_were_kept` is the ratio if each had found the longest common beginning with
    the one before in `Llama`'s cache, which it does of itself for one caller at a time.
    """
    asked = [_ordered(rig, prompt, answer, order, samples=seeds, seed=100 * order, client="panel") for order in range(orders)]
    runs, seconds = at_once(rig.engine, asked)
    sizes = [[run.prompt_tokens, tokens] for run in runs for tokens in run.written.values()]
    apart = rig.baseline("turn", requests=sizes)
    kept = sum(read * (SHARED if place % seeds == 0 else 1) for place, read in enumerate(apart["prefill"]) if place)
    detail = {
        "seconds": seconds,
        "apart_s": apart["seconds"],
        "if_prompts_were_kept": seconds / (apart["seconds"] - kept),
        "prompt": runs[0].prompt_tokens,
        "tokens": sum(size[1] for size in sizes) / len(sizes),
    }
    return Figure(f"panel {orders}x{seeds}, of six Llama requests", seconds / apart["seconds"], "x", Goal(0.35, "most"), detail)


def _ordered(rig: Rig, prompt: int, answer: int, order: int, **changes: object) -> Request:
    first = request(rig.engine, round(prompt * SHARED), answer, **changes)
    rest = request(rig.engine, round(prompt * (1 - SHARED)), answer)
    return first.model_copy(update={"segments": (*first.segments, Segment(text=f" Plan {'XY'[order % 2]}: "), *rest.segments)})
