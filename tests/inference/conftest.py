"""One real host with the tiny R1-shaped model for the whole session, and doors to it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.backends.host import HostEngine
from inference.llama.vocab import Vocab
from inference.options import HostOptions
from inference.supervisor import Supervisor
from tests.inference import qwen, tiny
from tests.inference.assets import vocabulary
from tests.inference.life import CONTEXT


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.card(tmp_path_factory.mktemp("models") / "tiny-r1")


@pytest.fixture(scope="session")
def r1_qwen(tmp_path_factory: pytest.TempPathFactory) -> Vocab:
    """The real vocabulary of DeepSeek-R1-Distill-Qwen."""
    path = tmp_path_factory.mktemp("qwen") / "r1-qwen.gguf"
    qwen.write(path)
    return vocabulary(path)


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """Short, so that a socket's path fits."""
    with tempfile.TemporaryDirectory(prefix="cns-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def host(card: Path) -> Iterator[Supervisor]:
    with (
        tempfile.TemporaryDirectory(prefix="cns-") as folder,
        Supervisor(str(card), Path(folder), HostOptions(nice=0, threads=1, slots=8, context=CONTEXT, queue=4)) as running,
    ):
        yield running


@pytest.fixture
def engine(host: Supervisor) -> HostEngine:
    return HostEngine(host.socket)


@pytest.fixture
def own(card: Path, run_folder: Path) -> Iterator[Supervisor]:
    """A host for the tests that end it."""
    with Supervisor(str(card), run_folder, HostOptions(nice=0, threads=1, slots=2, context=CONTEXT, queue=1)) as running:
        yield running
