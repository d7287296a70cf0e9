"""The host has no network, seen from outside and from where it is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from inference.supervisor import Supervisor


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_the_host_has_no_network(host: Supervisor) -> None:
    if "keeps the network" in host.tail() or "no network namespace" in host.tail():
        pytest.skip("this system does not allow network namespaces")
    devices = Path(f"/proc/{host.pid}/net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    assert os.stat(f"/proc/{host.pid}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may enter another process's namespace")
def test_from_where_the_host_is_nobody_is_reached(host: Supervisor) -> None:
    """A connection to a door of this machine that is open: from here it opens, from the host's namespace it does not."""
    if "network" in host.tail():
        pytest.skip("this system does not allow network namespaces")
    knock = (
        "import ctypes, socket, sys;"
        "space = open(f'/proc/{sys.argv[2]}/ns/net') if len(sys.argv) > 2 else None;"
        "space and ctypes.CDLL(None).setns(space.fileno(), 0) and sys.exit('no entry');"
        "sys.exit(0 if socket.socket().connect_ex(('127.0.0.1', int(sys.argv[1]))) == 0 else 7)"
    )
    with socket.create_server(("127.0.0.1", 0)) as door:
        command = [sys.executable, "-c", knock, str(door.getsockname()[1])]
        assert subprocess.run(command).returncode == 0
        assert subprocess.run([*command, str(host.pid)]).returncode == 7
