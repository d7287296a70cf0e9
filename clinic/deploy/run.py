"""`make run`: the whole house on this machine. Prepares the data folder, starts every process, keeps them, ends them all.

The table PROCESSES is the house. Everything it writes lies in the data folder (CONSILIUM_DATA): database, index, sockets, logs/.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from clinic import settings  # noqa: E402
from clinic.deploy import checks  # noqa: E402
from clinic.deploy.process import TERM_S, Child, Process, die_with_parent  # noqa: E402

PYTHON = sys.executable
LOGS = settings.DATA / "logs"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_S = 300.0
"""A house that is not ready after this long says what it waits for, and ends."""
CALM = {**os.environ, "PYTHONUNBUFFERED": "1", "TQDM_DISABLE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "PASSIVE"}
ONE_THREAD = {**CALM, "OMP_NUM_THREADS": "1"}
"""Two processes that each compute on every core spin against each other: the model host alone sets its threads."""


def processes(bind: str, port: int) -> tuple[Process, ...]:
    """The table. One line a process, in the order in which they start."""
    return (
        Process("redis", checks.redis_command(settings.DATA), ready=checks.redis_answers, quiet=True),
        Process("model", (PYTHON, "manage.py", "hosts"), said="model hosts are settled"),
        Process("worker", (PYTHON, "-m", "celery", "-A", "clinic.celery", "worker", "-Q", "arbitration", "--pool", "prefork",
                           "-c", str(settings.CONSULTS), "--without-mingle", "--without-gossip", "-l", "info"), said="embedder ready"),
        Process("ingest", (PYTHON, "-m", "celery", "-A", "clinic.celery", "worker", "-Q", "ingest", "-n", "ingest@%h", "--pool", "prefork", "-c", "1",
                           "--max-memory-per-child", "400000", "--without-mingle", "--without-gossip", "-l", "info"), said=" ready."),
        Process("sweeper", (PYTHON, "manage.py", "sweep")),
        Process("web", (PYTHON, "-m", "uvicorn", "clinic.asgi:application", "--host", bind, "--port", str(port), "--lifespan", "off",
                        "--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "2"),
                ready=lambda: checks.page_answers(bind, port)),
    )  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make run", description="Runs Consilium on this machine; Ctrl-C ends all of it.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on; 0.0.0.0 for the whole network")
    arguments = parser.parse_args(argv)
    for number in SIGNALS:  # SIGINT too: a shell may have started us with it ignored
        signal.signal(number, signal.default_int_handler)
    started = time.monotonic()
    children: list[Child] = []
    try:
        with checks.alone(settings.DATA, arguments.port):
            checks.port_free(arguments.bind, arguments.port)
            checks.paths_fit(settings.DATA)
            prepare()
            children = house(arguments.bind, arguments.port)
            bring_up(children)
            say(checks.welcome(arguments.bind, arguments.port, time.monotonic() - started))
            watch(children)
    except checks.Refused as refused:
        print(f"\n{refused}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        bring_down(children)
    return 0


def prepare() -> None:
    """Migrations, static files, demonstration hospital and index; what has not changed is left alone."""
    say(f"Preparing {settings.DATA}")
    if subprocess.run([PYTHON, "-m", "clinic.deploy.prepare"], cwd=ROOT, env=CALM, preexec_fn=die_with_parent).returncode:
        raise checks.Refused("The data folder could not be prepared; the lines above say why. What was written is whole; try again after mending it.")


def house(bind: str, port: int) -> list[Child]:
    """The processes of the table that this machine runs itself: an outside Redis or model server replaces ours."""
    LOGS.mkdir(exist_ok=True)
    elsewhere = {"redis": not settings.REDIS_URL.startswith("unix://"), "model": bool(settings.ENGINE_URL)}
    return [Child(line, ROOT, ONE_THREAD, LOGS, say) for line in processes(bind, port) if not elsewhere.get(line.name)]


def bring_up(children: list[Child]) -> None:
    """Starts all and waits for each; a process that dies three times on the way ends the attempt with its last lines."""
    begun = time.monotonic()
    waiting = list(children)
    for child in children:
        child.start()
    while waiting:
        for child in list(waiting):
            if child.ready():
                waiting.remove(child)
                say(f"  {time.monotonic() - begun:6.1f} s  {child.name} is ready")
                continue
            child.keep()
            if child.trouble():
                raise checks.Refused(child.trouble())
        if time.monotonic() - begun > READY_S:
            names = ", ".join(child.name for child in waiting)
            raise checks.Refused(f"Not ready after {READY_S:g} s: {names}. Their logs are in {LOGS}.")
        time.sleep(0.1)


def watch(children: list[Child]) -> None:
    """Until Ctrl-C: what dies is started again."""
    while True:
        for child in children:
            child.keep()
        time.sleep(0.25)


def bring_down(children: list[Child]) -> None:
    """TERM to all, three seconds, KILL. A second Ctrl-C does not interrupt it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if not children:
        return
    say("Stopping ...")
    for child in reversed(children):
        child.ask_to_stop()
    until = time.monotonic() + TERM_S
    for child in reversed(children):
        child.stop(until)
    say("Everything has ended.")


def say(text: str) -> None:
    print(text, flush=True)



if __name__ == "__main__":
    sys.exit(main())
