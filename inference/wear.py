"""How long one host process may serve: it is started afresh after so many consults, over its memory limit, and stands still to prove itself.

Each of these waits for a lull first. Where none comes the host closes its door: the consults inside go on to their end, whoever
comes anew waits outside, and so the quiet moment comes for certain.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable

LULL_S = 3.0
"""A consult's next request comes sooner than this."""
PATIENCE = 2
"""After so many times the consults that one process should serve, no lull is waited for any more."""
PROVEN_FOR_S = 3600.0
PROOF_PATIENCE_S = 600.0
"""So long a due proof waits for an idle moment before the door closes for it."""
HEAVY = 0.9
"""Of the memory limit: above it the host ends in good order, before an allocation fails."""


def own_bytes() -> int:
    """What RLIMIT_DATA counts: private memory that can be written; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/status") as file:
        return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:")), 0)


class Wear:
    """Asked and told by the event loop only. `recycle`: consults (a request that names no client is one); 0 = no end."""

    def __init__(self, recycle: int = 0, memory_limit: int = 0, weigh: Callable[[], int] = own_bytes) -> None:
        self._recycle, self._limit, self._weigh = recycle, memory_limit, weigh
        self._inside: Counter[str] = Counter()
        self._left: dict[str, float] = {}
        self._known: set[str] = set()
        self._nameless = 0
        self._last = self.proven = time.monotonic()

    @property
    def consults(self) -> int:
        return len(self._known) + self._nameless

    def enter(self, client: str) -> None:
        self._inside[client] += 1
        if not client:
            self._nameless += 1
        elif self._recycle:
            self._known.add(client)

    def leave(self, client: str) -> None:
        self._inside[client] -= 1
        self._inside += Counter()  # keeps what is above nought
        self._last = time.monotonic()
        self._left = {name: at for name, at in self._left.items() if self._last - at < LULL_S} | {client: self._last}

    def admits(self, client: str) -> bool:
        """Whether a request may begin now: while the door is closed only one of a consult that is inside."""
        if not self.closing():
            return True
        return bool(client) and (client in self._inside or time.monotonic() - self._left.get(client, -LULL_S) < LULL_S)

    def closing(self) -> bool:
        late = time.monotonic() - self.proven > PROVEN_FOR_S + PROOF_PATIENCE_S
        return late or self._heavy() or bool(self._recycle) and self.consults >= PATIENCE * self._recycle

    def worn(self) -> bool:
        """It is time to end, and nobody is in the middle of a consult."""
        enough = self._heavy() or bool(self._recycle) and self.consults >= self._recycle
        return enough and not self._inside and time.monotonic() - self._last > LULL_S

    def _heavy(self) -> bool:
        return bool(self._limit) and self._weigh() > HEAVY * self._limit


class Advance:
    """Whether work advances. `done`: a count that grows with every step of it; `idle`: there is no work."""

    def __init__(self, patience_s: float) -> None:
        self._patience, self._done, self._at = patience_s, -1, time.monotonic()

    def stalled(self, done: int, idle: bool) -> bool:
        """Nothing has advanced for longer than the patience, although there is work. To be asked often."""
        now = time.monotonic()
        if idle or done != self._done:
            self._done, self._at = done, now
        return now - self._at > self._patience
