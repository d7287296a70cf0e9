"""Trains the bundled model on freshly generated disagreements, by the clock.

    python -m models.training.train runs/NAME --tokenizer TOK.json --minutes 60 [--ranks 2] [--plain] [--resume]

One process per core and gloo between them (two OpenMP threads are slower as soon as anything else runs); uses a GPU if there is one.
A checkpoint and a line of `curve.csv` are written every few minutes; `--resume` goes on from the last one.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
import torch.distributed as dist
from tokenizers import Tokenizer
from torch import Tensor
from torch.multiprocessing.spawn import spawn

from models import dialect
from models.training import generate, rule, tokenizer, words
from models.training.model import Arbiter, Shape

BUCKETS = (64, 96, 128, 176, 216, 256, 296, 344, 400, 480)
"""Few lengths only: each new shape costs the CPU kernels a compilation. Longer samples are left out."""
BATCH_TOKENS = 4_608
"""Per rank and step: small batches see more steps an hour, and the optimiser below uses each well."""
MATRIX_LR = 0.01
"""Muon's step for matrices inside the layers."""
TABLE_LR = 0.0025
"""AdamW's step for embeddings, head, biases and norms (embeddings have unit scale here)."""
WARM_STEPS = 60
DECAY = 0.45
"""Share of the time budget in which the rate falls linearly to a twentieth."""
ANSWER_WEIGHT = 0.6
"""The JSON mostly copies what the notes settled; the notes carry the reading."""
SHORT = 0.12
"""Share of the time budget with one or two passages only: copying and labels are learnt sooner on short prompts."""
READING_STEPS = 2
"""Every how many steps one trains the reading of sentences only, on prompts without answers: half the cost a sentence. 0 = never."""
NOTES_ONLY = 0.35
"""Share of samples that end with the notes: the JSON is soon learnt, reading is not."""
FINISH_RATE, FINISH_WEIGHT = 0.4, 1.5
"""`--finish`: the last stretch trains whole answers with the JSON weighted up, from this share of the rate down to nothing."""
CLIP = 1.0
AVERAGE = 0.99
"""Decay a step of the running mean of the weights, which is what is checked and exported."""


Item = tuple[list[int], list[float], list[int]]
READINGS = {name: i for i, name in enumerate(rule.readings())}


def encode(tok: Tokenizer, records: list[dict[str, object]], json_weight: float = ANSWER_WEIGHT) -> list[Item]:
    """Token ids, weights of the next-token loss (none on the prompt), and the reading's class at each id in the prompt."""
    closing = {tok.token_to_id(i) for i in dialect.sentence_ids() if "." in i}
    heads = tok.encode_batch([tokenizer.wrap(str(r["prompt"])) for r in records], add_special_tokens=False)
    notes = tok.encode_batch([f"{r['think']}\n{tokenizer.UNTHINK}" for r in records], add_special_tokens=False)
    bodies = tok.encode_batch([f"\n\n{r['answer']}{tokenizer.EOS}" for r in records], add_special_tokens=False)
    out: list[Item] = []
    for record, h, n, b in zip(records, heads, notes, bodies, strict=True):
        ids = h.ids + n.ids + b.ids
        readings = [-1] * len(ids)
        lines = [line for line in str(record["think"]).splitlines() if line.startswith("E")]
        for at, line in zip((i for i, t in enumerate(h.ids) if t in closing), lines, strict=True):
            readings[at] = READINGS.get(rule.reading(line), -1)
        out.append((ids, [0.0] * len(h.ids) + [1.0] * len(n.ids) + [json_weight] * len(b.ids), readings))
    return out


def cut(item: Item) -> Item:
    """The sample without its JSON."""
    ids, weights, readings = item
    last = max(i for i, w in enumerate(weights) if w == 1.0) + 1
    return ids[:last], weights[:last], readings[:last]


def batches(
    tok: Tokenizer,
    seed: int,
    plain: bool,
    short: bool,
    held_out: bool = False,
    tokens: int = BATCH_TOKENS,
    prompts: bool = False,
    finish: bool = False,
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Endless (ids, weights, readings) of one bucket length each, from samples that are never seen twice."""
    rng = random.Random(seed)
    waiting: dict[int, list[Item]] = {b: [] for b in BUCKETS}
    end = tokenizer.id_of(tok, tokenizer.EOS)
    while True:
        passages = rng.choice([1, 1, 2]) if short else None
        made = generate.samples(256, rng.getrandbits(60), held_out, passages)
        for item in encode(tok, [generate.record(s, rng if plain else None) for s in made], FINISH_WEIGHT if finish else ANSWER_WEIGHT):
            if prompts:
                end_of = next(i for i, w in enumerate(item[1]) if w > 0)
                item = (item[0][:end_of], item[1][:end_of], item[2][:end_of])
            elif not held_out and not finish and rng.random() < NOTES_ONLY:
                item = cut(item)
            bucket = next((b for b in BUCKETS if len(item[0]) <= b + 1), None)
            if bucket is None:
                continue
            queue = waiting[bucket]
            queue.append(item)
            if len(queue) >= max(1, tokens // bucket):
                ids = torch.tensor([i + [end] * (bucket + 1 - len(i)) for i, _, _ in queue])
                weight = torch.tensor([w + [0.0] * (bucket + 1 - len(w)) for _, w, _ in queue])
                reading = torch.tensor([r + [-1] * (bucket + 1 - len(r)) for _, _, r in queue])
                queue.clear()
                yield ids, weight, reading


def orthogonal(g: Tensor) -> Tensor:
    """Newton-Schulz iteration towards the nearest orthogonal matrix (Muon, Jordan 2024)."""
    x = g.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    x = x.T if tall else x
    out: Tensor = x.float() * max(1.0, g.shape[0] / g.shape[1]) ** 0.5
    return out


class Optimiser:
    """Muon for the layers' matrices (shared out over ranks), AdamW for the rest; float32 masters of a bfloat16 model."""

    def __init__(self, model: Arbiter, rank: int, world: int) -> None:
        self.named = list(model.named_parameters())
        self.master = [p.detach().float().clone() for _, p in self.named]
        self.first = [torch.zeros_like(m) for m in self.master]
        self.second = [torch.zeros_like(m) for m in self.master]
        self.mean = [m.clone() for m in self.master]
        self.muon = [p.ndim == 2 and n.startswith("layers.") for n, p in self.named]
        self.step_no, self.rank, self.world = 0, rank, world

    def state(self) -> dict[str, object]:
        return {"first": self.first, "second": self.second, "step": self.step_no, "master": self.master, "mean": self.mean}

    def load(self, state: dict[str, object]) -> None:
        for mine, theirs in (("first", state["first"]), ("second", state["second"]), ("master", state["master"]), ("mean", state["mean"])):
            for a, b in zip(getattr(self, mine), theirs, strict=False):  # type: ignore[call-overload]
                a.copy_(b)
        self.step_no = int(str(state["step"]))
        self.publish()

    @torch.no_grad()
    def publish(self, mean: bool = False) -> None:
        """Puts the masters, or their running mean, into the model."""
        for (_, p), m in zip(self.named, self.mean if mean else self.master, strict=True):
            p.copy_(m)

    @torch.no_grad()
    def step(self, rate: float) -> float:
        grads = torch.cat([(p.grad if p.grad is not None else torch.zeros_like(p)).float().flatten() for _, p in self.named])
        if self.world > 1:
            dist.all_reduce(grads)
            grads /= self.world
        norm = float(grads.norm())
        self.step_no += 1
        scale = min(1.0, CLIP / (norm + 1e-6))
        keep = min(AVERAGE, self.step_no / (self.step_no + 20))
        at = 0
        for i, ((_, p), m) in enumerate(zip(self.named, self.master, strict=True)):
            g = grads[at : at + m.numel()].view_as(m)
            at += m.numel()
            if p.grad is None:
                continue
            if self.muon[i]:
                self.first[i].lerp_(g, 0.05)
                update = orthogonal(g.lerp(self.first[i], 0.95))
                m.mul_(1 - MATRIX_LR * rate * 0.02).add_(update, alpha=-MATRIX_LR * rate)
            else:
                g = g * scale
                self.first[i].lerp_(g, 0.1)
                self.second[i].lerp_(g * g, 0.05)
                a = self.first[i] / (1 - 0.9**self.step_no)
                b = self.second[i] / (1 - 0.95**self.step_no)
                m.add_(a / (b.sqrt() + 1e-8), alpha=-TABLE_LR * rate)
            self.mean[i].lerp_(m, 1 - keep)
            p.copy_(m)
            p.grad = None
        return norm


@torch.no_grad()
def check(model: Arbiter, held: list[tuple[Tensor, Tensor, Tensor]], newline: int) -> tuple[float, float]:
    """Loss, and share of note lines that are right token for token under teacher forcing, on held-out wordings."""
    losses, right, lines = [], 0, 0
    for ids, weight, _ in held:
        losses.append(float(model.loss(ids, weight)))
        h = model.hidden(ids[:, :-1])
        for row in range(ids.shape[0]):
            at = (weight[row, 1:] == 1.0).nonzero().squeeze(1)
            guess = model.head(h[row, at]).argmax(-1)
            ok, gold = guess == ids[row, 1:][at], ids[row, 1:][at]
            line_ok = True
            for good, token in zip(ok.tolist(), gold.tolist(), strict=True):
                line_ok &= good
                if token == newline:
                    right, lines, line_ok = right + line_ok, lines + 1, True
    return sum(losses) / len(losses), right / max(1, lines)


def rate_at(share: float, step: int) -> float:
    warm = min(1.0, (step + 1) / WARM_STEPS)
    return warm * (1.0 if share < 1 - DECAY else max(0.05, (1 - share) / DECAY))


def run(rank: int, a: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    if a.ranks > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(a.port))
        dist.init_process_group("gloo", rank=rank, world_size=a.ranks)
    tok = tokenizer.load(a.tokenizer)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    shape = Shape(vocab=tok.get_vocab_size(), width=a.width, layers=a.layers, hidden=a.hidden, heads=a.width // 32, kv_heads=a.width // 64)
    model = Arbiter(shape)
    if rank == 0:
        print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters before folding, vocabulary {shape.vocab}", flush=True)
    words.fill(model.embedding, tok)
    optimiser = Optimiser(model.to(device).to(torch.bfloat16), rank, a.ranks)
    folder = Path(a.folder)
    folder.mkdir(parents=True, exist_ok=True)
    last = folder / "last.pt"
    seen, spent, seed = 0, 0.0, a.seed * 1000 + rank
    if a.resume and last.exists():
        saved = torch.load(last, weights_only=True)
        optimiser.load(saved["optimiser"])
        seen, spent = saved["tokens"], 0.0 if a.restart_clock else saved["spent"]
        seed += saved["optimiser"]["step"]
    held_source = batches(tok, 777, a.plain, False, True, 4096)
    held = [next(held_source) for _ in range(12)] if rank == 0 else []
    newline = tok.encode("\n", add_special_tokens=False).ids[0]
    source, short = batches(tok, seed, a.plain, not a.resume and SHORT > 0, finish=a.finish), True
    if a.resume:
        short = False
    started, told = time.time() - spent * 60, time.time()
    prompts = batches(tok, seed + 250, a.plain, False, prompts=True)
    losses: list[float] = []
    readings: list[float] = []
    curve = folder / "curve.csv"
    if rank == 0 and not (a.resume and curve.exists()):
        curve.write_text("minutes,tokens,train_loss,held_out_loss,held_out_lines_right,tokens_per_second,rate\n")
    since = seen
    while True:
        share = torch.tensor((time.time() - started) / (a.minutes * 60))
        if a.ranks > 1:
            dist.broadcast(share, 0)
        if share >= 1:
            break
        if short and share > SHORT:
            source, short = batches(tok, seed + 500, a.plain, False), False
        only = READING_STEPS and not short and not a.finish and optimiser.step_no % READING_STEPS == 0
        ids, weight, reading = (t.to(device) for t in next(prompts if only else source))
        loss = model.reading_loss(ids, reading) if only else model.loss(ids, weight, reading)
        loss.backward()  # type: ignore[no-untyped-call]
        rate = FINISH_RATE * (1 - float(share)) + 0.01 if a.finish else a.rate * rate_at(float(share), optimiser.step_no)
        optimiser.step(rate)
        seen += ids.numel() * a.ranks
        (readings if only else losses).append(float(loss.detach()))
        if rank == 0 and (time.time() - told > a.every * 60):
            optimiser.publish(mean=True)
            model.eval()
            held_loss, right = check(model, held, newline)
            optimiser.publish()
            model.train()
            now = time.time()
            row = [
                f"{(now - started) / 60:.1f}",
                seen,
                f"{sum(losses) / len(losses):.4f}",
                f"{held_loss:.4f}",
                f"{right:.4f}",
                f"{(seen - since) / (now - told):.0f}",
                f"{rate:.3f}",
            ]
            print(*row, f"reading {sum(readings) / max(1, len(readings)):.4f}", flush=True)
            with curve.open("a", newline="") as f:
                csv.writer(f).writerow(row)
            save(last, model, optimiser, shape, seen, (now - started) / 60)
            losses, readings, told, since = [], [], time.time(), seen
    if rank == 0:
        save(last, model, optimiser, shape, seen, (time.time() - started) / 60)
        optimiser.publish(mean=True)
        model.eval()
        print("done", *check(model, held, newline), flush=True)


def save(path: Path, model: Arbiter, optimiser: Optimiser, shape: Shape, seen: int, spent: float) -> None:
    """Atomically: a reader of the file never sees half of it."""
    params = {n: m for (n, _), m in zip(optimiser.named, optimiser.mean, strict=True)}
    params |= {f"embedding.{n}": b.float() for n, b in model.embedding.named_buffers()}
    torch.save(
        {"model": params, "shape": asdict(shape), "optimiser": optimiser.state(), "tokens": seen, "spent": spent}, path.with_suffix(".tmp")
    )
    path.with_suffix(".tmp").replace(path)
    path.with_suffix(".json").write_text(json.dumps({"tokens": seen, "minutes": round(spent, 1), "shape": asdict(shape)}))


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder")
    p.add_argument("--tokenizer", required=True)
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--every", type=float, default=3, help="minutes between checks")
    p.add_argument("--ranks", type=int, default=1)
    p.add_argument("--port", type=int, default=29511)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--layers", type=int, default=5)
    p.add_argument("--width", type=int, default=192)
    p.add_argument("--hidden", type=int, default=512)
    p.add_argument("--plain", action="store_true")
    p.add_argument("--resume", action="store_true")
    p.add_argument("--finish", action="store_true", help="the last stretch: whole answers, JSON weighted up, rate falling to nothing")
    p.add_argument("--rate", type=float, default=1.0, help="share of the full rate: less to go on from a finished run")
    p.add_argument("--restart-clock", action="store_true", help="with --resume: a new time budget from now")
    a = p.parse_args()
    assert math.isfinite(a.minutes)
    if a.ranks > 1:
        spawn(run, (a,), a.ranks)  # type: ignore[no-untyped-call]
    else:
        run(0, a)


if __name__ == "__main__":
    main()
