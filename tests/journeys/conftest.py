"""The whole house as `make run` starts it, on a free port and a data folder of its own, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from clinic.deploy.process import die_with_parent
from tests.conftest import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PASSWORD = "consilium-demo"
START_S = 600.0
REFUSAL = "the server responded with a status of 4"
"""What a browser notes of a page that refuses: the tests look at the page itself."""
CONSULT_S = 240.0
"""How long a consult may take on a machine with other work."""


@dataclass
class House:
    """A running house. `text()`: what its terminal has shown so far."""

    url: str
    data: Path
    port: int
    process: subprocess.Popen[bytes]
    terminal: Path
    started_s: float = 0.0

    def text(self) -> str:
        return self.terminal.read_text(errors="replace")

    @contextmanager
    def held(self) -> Iterator[None]:
        """The model host stands still meanwhile, so that a consult stays in its middle; its keeper too, who would end it for that."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        both = [one for word in ("manage.py hosts", "inference.host") for one in children if word in " ".join(one.cmdline())]
        assert len(both) == 2
        for one in both:
            one.suspend()
        try:
            yield
        finally:
            for one in reversed(both):
                one.resume()

    def end(self) -> float:
        """Ctrl-C; returns the seconds until everything had ended."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - begun


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(data: Path, port: int = 0, wait: bool = True) -> House:
    """`make run` without the installation, which has been done."""
    port = port or free_port()
    terminal = data / "terminal.log"
    gone = ("DJANGO_SETTINGS_MODULE", "CONSILIUM_REDIS", "CONSILIUM_ENGINE", "CONSILIUM_HOSTS")
    environment = {**{k: v for k, v in os.environ.items() if k not in gone}, "CONSILIUM_DATA": str(data)}
    command = [sys.executable, "clinic/deploy/run.py", "--port", str(port)]
    begun = time.monotonic()
    with terminal.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True, preexec_fn=die_with_parent
        )
    house = House(f"http://127.0.0.1:{port}", data, port, process, terminal)
    while wait and "Consilium is ready" not in house.text():
        if process.poll() is not None or time.monotonic() - begun > START_S:
            process.kill()
            pytest.fail(f"the house did not start:\n{house.text()[-3000:]}")
        time.sleep(0.2)
    house.started_s = time.monotonic() - begun
    return house


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="cns-house-", ignore_cleanup_errors=True) as folder:
        running = start(Path(folder))
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    print(f"\npictures of every page: {folder}")
    return folder


@dataclass
class Visitor:
    """One logged-in person in a browser of their own. Everything odd that the browser says is kept in `odd`."""

    page: Any
    house: House
    pictures: Path
    odd: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(path if "://" in path else self.house.url + path)

    def see(self, name: str) -> None:
        self.page.screenshot(path=str(self.pictures / f"{name}.png"), full_page=True)

    def log_in(self, username: str) -> None:
        self.go("/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form[data-login] button")
        self.page.wait_for_url(re.compile(r"/(disagreements|patients|library|log|account|system)/"))

    def text(self) -> str:
        return str(self.page.inner_text("body"))


@pytest.fixture
def visit(house: House, browser: Any, pictures: Path) -> Iterator[Callable[..., Visitor]]:
    """`visit("dr-adeyemi")`: a browser of that person. At the end none may have seen an error or asked another server for anything."""
    visitors: list[Visitor] = []

    def enter(username: str = "", javascript: bool = True) -> Visitor:
        context = browser.new_context(java_script_enabled=javascript, viewport={"width": 1280, "height": 900}, locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(30_000)
        visitor = Visitor(page, house, pictures)
        page.on("console", lambda said: visitor.odd.append(f"console: {said.text}") if said.type == "error" and REFUSAL not in said.text else None)
        page.on("pageerror", lambda error: visitor.odd.append(f"script: {error}"))
        page.on("request", lambda asked: None if asked.url.startswith((house.url, "data:")) else visitor.odd.append(f"asked {asked.url}"))
        page.on("response", lambda got: visitor.odd.append(f"{got.status} {got.url}") if got.status >= 500 else None)
        visitors.append(visitor)
        if username:
            visitor.log_in(username)
        return visitor

    yield enter
    for visitor in visitors:
        visitor.page.context.close()
    assert not [line for visitor in visitors for line in visitor.odd]
