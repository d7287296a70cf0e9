"""A PostgreSQL of our own: a private folder, a Unix socket in it, no network; nobody else's server is touched."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

SERVICE = "test_consilium"
USER = "tester"


def programs() -> Path:
    """Where initdb and pg_ctl lie: in the path, or where Debian puts them. Skips the test where there are none."""
    if not find_spec("psycopg"):
        pytest.skip('psycopg is not installed: pip install "psycopg[binary]"')
    found = shutil.which("initdb")
    for folder in [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    pytest.skip("no PostgreSQL server here: apt-get install postgresql")


def owner() -> str | None:
    """Who runs the server: PostgreSQL refuses root, and Debian's package brings a user for it."""
    if os.getuid():
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """Environment under which `CONSILIUM_TEST_POSTGRES` and the product reach an empty server."""
    here, user = programs(), owner()
    with TemporaryDirectory(prefix="cns-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)

        def run(*command: str) -> None:
            done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr

        run(f"{here}/initdb", "-D", f"{folder}/data", "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=60"
        run(f"{here}/pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", options, "-w", "-t", "60", "start")
        try:
            services = folder / "pg_service.conf"
            services.write_text(f"[{SERVICE}]\nhost={folder}\nuser={USER}\ndbname={SERVICE}\n")
            folder.chmod(0o755)
            yield {"PGSERVICEFILE": str(services), "PGHOST": str(folder), "PGUSER": USER, "CONSILIUM_TEST_POSTGRES": SERVICE}
        finally:
            run(f"{here}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
