"""What a reader's process gives up before it touches a stranger's file: network, memory, time, writing, outliving its parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

MEMORY = 1536 * 1024 * 1024
"""Bytes of address space; the interpreter and PDFium take about 0.3 GB of it."""
SECONDS = 600
"""Processor time in all."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def confine(parent: int) -> None:
    """Applies every limit to this process. Without namespaces (not Linux, or forbidden) the network limit is left to the firewall."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    for kind, limit in _LIMITS.items():
        resource.setrlimit(kind, (limit, limit))
    if os.getppid() != parent:
        raise SystemExit("the process that started this reader has ended already")


_LIMITS = {
    resource.RLIMIT_AS: MEMORY,
    resource.RLIMIT_CPU: SECONDS,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NOFILE: 64,
}
