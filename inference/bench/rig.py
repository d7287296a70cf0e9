"""What is measured: a host of its own with sixteen places, and the baselines on the same file with the same threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.backends.host import HostEngine
from inference.bench.load import SAMPLING
from inference.options import HostOptions, default_threads
from inference.supervisor import Supervisor
from models.catalogue import WEIGHTS, read, weights_path

SLOTS = 16
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Rig:
    card: str
    host: Supervisor
    engine: HostEngine
    options: HostOptions
    weights: Path
    """The model file."""
    context: int
    """Tokens of one sample."""

    def baseline(self, kind: str, **job: Any) -> dict[str, Any]:
        """A run of `inference.llama.baseline` as long as the host idles. `Llama` runs as it is installed, without our kernels; the raw
        loop has them as the host has, so that it shows what the host adds."""
        same = {"threads": self.options.threads, "context": self.context, "temperature": SAMPLING.temperature, "top_p": SAMPLING.top_p}
        command = [sys.executable, "-m", "inference.llama.baseline", str(self.weights)]
        plain = {"LLAMA_KERNELS": "0"} if kind == "turn" else {}
        done = subprocess.run(
            command, input=json.dumps({"kind": kind, **same, **job}), capture_output=True, text=True, cwd=ROOT, env={**os.environ, **plain}
        )
        if done.returncode:
            raise RuntimeError(f"the baseline {kind} ended with {done.returncode}: {done.stderr[-500:]}")
        return dict(json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def rig(card: str, threads: int = 0, context: int = 4096, weights: Path = WEIGHTS) -> Iterator[Rig]:
    """Starts the host of a card (a name, or the path of a card.toml) for as long as it is measured."""
    read_card = read(card, weights)
    file = weights_path(read_card, weights)
    threads = threads or default_threads(file.stat().st_size)
    options = HostOptions(slots=SLOTS, queue=2 * SLOTS, threads=threads, context=min(context, read_card.context), nice=0)
    with tempfile.TemporaryDirectory(prefix="cns-") as folder, Supervisor(card, Path(folder), options, weights) as host:
        engine = HostEngine(host.socket, patience_s=60.0)
        yield Rig(card, host, engine, options, file, engine.identity().context)
