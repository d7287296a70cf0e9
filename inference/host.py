"""`python -m inference.host CARD --socket PATH`: the process that owns one model.

Start-up, in this order: give up what it does not need, open and hash the weights, load them through that descriptor,
test one batched decode, take the fingerprint, listen. Any step that fails ends the process with a sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inference import isolation
from inference.errors import InferenceError, SelfTestFailed
from inference.options import HostOptions, from_arguments, parser
from models.catalogue import WEIGHTS, Card, UnknownModel, read, weights_path

if TYPE_CHECKING:
    from inference.listener import Listener

log = logging.getLogger("inference.host")

EXIT_REFUSED = 3
"""The host will not start with this file or these settings; starting it again changes nothing."""
EXIT_BROKEN = 70
"""The batch failed or hangs, or the model is in doubt; start it again."""


def main(argv: list[str] | None = None) -> int:
    values = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("inference.llama").setLevel(logging.WARNING)
    faulthandler.enable(all_threads=False)
    try:
        give_up(from_arguments(values), values.parent)
        card = read(values.card)
        return serve(card, weights_path(card, values.weights or WEIGHTS), values)
    except (InferenceError, UnknownModel) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return EXIT_REFUSED


def give_up(options: HostOptions, parent: int) -> None:
    """The namespace first: entering it resets what the later steps set."""
    if not options.network and not isolation.without_network():
        log.warning("this host keeps the network: give it a unit without one, see inference/README.md")
    isolation.no_core_dumps()
    if parent:
        isolation.die_with_parent(parent)
    if options.memory_limit:
        isolation.limit_memory(options.memory_limit)
    if options.nice:
        os.nice(options.nice)


def serve(card: Card, path: Path, values: argparse.Namespace) -> int:
    from inference.engine_room import EngineRoom  # imports llama.cpp, after the privileges are gone
    from inference.listener import Listener

    sys.setswitchinterval(0.0005)  # the batching thread must get the interpreter back quickly after each decode
    room = EngineRoom(card, path, from_arguments(values))
    log.info("loaded %s (%s); self-test: one batched decode", card.name, room.description)
    room.start()
    if values.fingerprint and values.fingerprint != room.fingerprint:
        raise SelfTestFailed(f"the fingerprint is {room.fingerprint}, it was {values.fingerprint} before")
    log.info("ready: fingerprint %s", room.fingerprint)
    listener = Listener(room, values.socket, values.parent)
    asyncio.run(listen(listener))
    room.close()
    return EXIT_BROKEN if room.batcher.broken or listener.doubted or listener.stalled else 0


async def listen(listener: Listener) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, listener.close)
    await listener.run()


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    os._exit(code)  # no teardown of native threads
