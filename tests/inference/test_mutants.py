"""Malformed weights in the confined child: whatever llama.cpp does with them, the parent lives and says so (promises.md, row 14).

Normally the digest refuses such a file before llama.cpp sees it. `CONSILIUM_LONG=1` loads ten thousand; the suite three hundred.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import pytest

from inference.supervisor import _ending
from models.catalogue import default, weights_path
from tests.conftest import ROOT
from tests.inference import tiny
from tests.inference.assets import FOLDER

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="limits and namespaces are Linux's"), pytest.mark.timeout(7200)]
MUTANTS = 10_000 if os.environ.get("CONSILIUM_LONG") else 300
MEMORY = 1 << 30
"""Bytes of own memory a child may have."""
HEADER = 24
"""Magic, version, number of tensors, number of keys; then the keys."""

DEATHS = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGKILL)
WORDS = {"WeightsUnreadable", "MemoryError", "DecodeFailed", "runs", "it took too long and was ended", *(_ending(-number) for number in DEATHS)}
"""How a load may end. Code 1 is Python's own last word, a refused allocation among them."""

Mutate = Callable[[bytearray, random.Random, int], None]


def flip(data: bytearray, dice: random.Random, keys: int) -> None:
    """A few bits among keys and tensor descriptions."""
    for _ in range(dice.randrange(1, 9)):
        data[dice.randrange(keys)] ^= 1 << dice.randrange(8)


def truncate(data: bytearray, dice: random.Random, keys: int) -> None:
    del data[dice.choice([dice.randrange(keys), dice.randrange(len(data))]) :]


def count(data: bytearray, dice: random.Random, keys: int) -> None:
    """Impossible numbers of tensors or keys (CVE-2024-23605, CVE-2024-23496)."""
    struct.pack_into("<Q", data, dice.choice([8, 16]), dice.choice([0, 1, 2**16, 2**31, 2**32 + 1, 2**60, 2**63, 2**64 - 1]))


def length(data: bytearray, dice: random.Random, keys: int) -> None:
    """Impossible lengths, types, shapes or offsets anywhere among the keys."""
    struct.pack_into(dice.choice(["<Q", "<I"]), data, dice.randrange(HEADER, keys - 8), dice.choice([0, 9, 12, 2**31 - 1, 2**32 - 1]))


def huge(data: bytearray, dice: random.Random, keys: int) -> None:
    """A number of 8 bytes that overflows what is computed from it (CVE-2025-53630)."""
    struct.pack_into("<Q", data, dice.randrange(HEADER, keys - 8), dice.choice([2**63 - 1, 2**64 - 1, 2**40, 2**61 + 1]))


def shuffle(data: bytearray, dice: random.Random, keys: int) -> None:
    """A stretch of the file where another should be."""
    size, source, target = dice.randrange(1, 200), dice.randrange(keys), dice.randrange(HEADER, keys)
    data[target : target + size] = data[source : source + size]


MUTATIONS: tuple[Mutate, ...] = (flip, truncate, count, length, huge, shuffle)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    small = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tiny.write(small)
    found = [small, weights_path(default()), FOLDER / "stories260K.gguf"]
    return [path.read_bytes() for path in found if path.exists()]


def keys_end(data: bytes) -> int:
    """Roughly where keys and tensor descriptions end and numbers begin."""
    return max(data.rfind(b"output_norm.weight"), data.rfind(b"ffn_down.weight"), 4096)


@pytest.fixture(scope="module")
def door() -> Iterator[socket.socket]:
    """Somebody who would hear a child that reached the network."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@dataclass
class End:
    code: int
    said: str
    kilobytes: int

    def __str__(self) -> str:
        """In the words of the supervisor, where it died without its own."""
        return self.said or ("it took too long and was ended" if self.code == -signal.SIGALRM else _ending(self.code))


@pytest.fixture(scope="module")
def load(door: socket.socket) -> Iterator[Callable[[Path], End]]:
    """Loads a file in a confined process."""
    command = [sys.executable, "-m", "tests.inference.load_child", str(MEMORY), str(os.getpid()), str(door.getsockname()[1])]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=log, text=True, env=environment, cwd=ROOT)
        talk, answers = child.stdin, child.stdout
        assert talk and answers

        def one(path: Path) -> End:
            talk.write(f"{path}\n")
            talk.flush()
            return End(**json.loads(answers.readline()))

        yield one
        talk.close()
        assert child.wait(10) == 0


def test_it_works(originals: list[bytes], tmp_path: Path, load: Callable[[Path], End]) -> None:
    for number, data in enumerate(originals):
        path = tmp_path / f"{number}.gguf"
        path.write_bytes(data)
        assert str(load(path)) == "runs"


def test_no_mutant_harms_the_parent(originals: list[bytes], tmp_path: Path, load: Callable[[Path], End]) -> None:
    """Each is refused, dies in words, or runs with other numbers in it; the process that forks them is there for the next."""
    ends: Counter[str] = Counter()
    most = 0
    path = tmp_path / "mutant.gguf"
    for seed in range(MUTANTS):
        dice, original = random.Random(seed), originals[seed // len(MUTATIONS) % len(originals)]
        data = bytearray(original)
        MUTATIONS[seed % len(MUTATIONS)](data, dice, keys_end(original))
        path.write_bytes(data)
        end = load(path)
        ends[str(end)] += 1
        most = max(most, end.kilobytes)
    print("\n".join(f"{number:6} {end}" for end, number in ends.most_common()))
    print(f"most memory of a child: {most / 1024:.0f} MiB")
    assert set(ends) <= WORDS and most * 1024 < 2 * MEMORY
    assert ends["WeightsUnreadable"] > MUTANTS // 4, "the mutants are hardly mutants"
