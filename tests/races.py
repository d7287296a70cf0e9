"""Two acts at the same moment, each in a thread with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

ROUNDS = 4 if connection.vendor == "postgresql" else 1
"""Once is luck; on SQLite there is one writer anyhow."""


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, all begun together. Fails where they wait for each other without end."""
    found: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int) -> None:
        try:
            start.wait(30)
            found[place] = acts[place]()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(acts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
        assert not one.is_alive(), "they wait for each other"
    return found


def faults(found: Sequence[Any], *known: type[Exception]) -> list[Exception]:
    """What was raised besides the refusals that one of two may expect."""
    return [one for one in found if isinstance(one, Exception) and not isinstance(one, known)]
