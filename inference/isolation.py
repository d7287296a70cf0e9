"""What the host gives up before it touches a model: core dumps, the network, outliving its parent, endless memory."""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import signal
import sys

log = logging.getLogger("inference.isolation")

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def no_core_dumps() -> None:
    """Patient text must not land in a core file, nor in the log: ggml, when it aborts, would have gdb print its callers' arguments there."""
    os.environ["GGML_NO_BACKTRACE"] = "1"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """Linux kills this process when the thread that started it ends; elsewhere `orphaned` is polled."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if orphaned(parent):
        raise SystemExit("the process that started this host has ended already")


def orphaned(parent: int) -> bool:
    return os.getppid() != parent


def limit_memory(limit: int) -> None:
    """Bytes of the process's own memory; weights mapped from their file do not count."""
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    resource.setrlimit(kind, (limit, limit))


def without_network() -> bool:
    """Moves into an empty network namespace. False where the system does not allow it (then a firewall must do it)."""
    if sys.platform != "linux":
        return False
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) == 0:
        return True
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        log.warning("no network namespace here: %s", os.strerror(ctypes.get_errno()))
        return False
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    except OSError as error:
        log.warning("user namespace without id map: %s", error)
    return True
