"""`python -m tests.inference.load_child MEMORY PARENT DOOR`: gives up what a host gives up, then loads each GGUF named on its input.

Each file has a fork of its own, which opens it as a host would, decodes a token, and says how it went: one JSON line a file. The digest check
that normally comes first is left out: this is what stands behind it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

from inference.errors import InferenceError
from inference.host import give_up
from inference.options import HostOptions

PATIENCE_S = 20


def load(path: str) -> str:
    from inference.llama import weights
    from inference.llama.context import Context, Entry, Shape
    from inference.llama.vocab import Vocab

    try:
        model = weights.load("mutant", os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        Vocab(model)
        Context(model, Shape(context=64, sequences=1, batch=16)).decode([Entry(1, 0, 0, True)])
    except (InferenceError, MemoryError) as error:
        return type(error).__name__
    return "runs"


def reaches(door: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", door), timeout=1).close()
        return True
    except OSError:
        return False


def apart(path: str, door: int) -> dict[str, object]:
    """Loads the file in a fork: its exit code or minus its signal, its word, the kilobytes it held, whether it reached the network."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(PATIENCE_S)
        said = load(path)
        os.write(writer, f"{said}, and reached the network".encode() if reaches(door) else said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as words:
        said = words.read()
    _, status, usage = os.wait4(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "said": said, "kilobytes": usage.ru_maxrss}


def main(memory: int, parent: int, door: int) -> None:
    give_up(HostOptions(memory_limit=memory, nice=0), parent)
    import inference.llama.weights  # noqa: F401  (once, for all forks)

    for line in sys.stdin:
        print(json.dumps(apart(line.rstrip("\n"), door)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
