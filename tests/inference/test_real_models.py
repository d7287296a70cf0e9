"""The same contract with weights that were really trained, where they are at hand."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.backends.host import HostEngine
from inference.options import HostOptions
from inference.supervisor import Supervisor
from inference.types import Engine, Request, Segment, collect
from models.catalogue import UnknownModel, default
from tests.inference.assets import asset
from tests.inference.contract import EngineContract


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostEngine]:
    source = asset("stories260K.gguf")
    folder = tmp_path_factory.mktemp("stories")
    shutil.copy(source, folder / "stories.gguf")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    (folder / "card.toml").write_text(f'name = "stories"\nfile = "stories.gguf"\nsha256 = "{digest}"\ncontext = 512\ntemplate = "bare"\n')
    with Supervisor(str(folder / "card.toml"), folder, HostOptions(nice=0, threads=1)) as host:
        yield HostEngine(host.socket)


def test_a_plain_model_goes_on_with_the_story(stories: HostEngine) -> None:
    request = Request(segments=(Segment(text="Once upon a time, there was a little girl named"),), samples=3, max_tokens=40)
    for one in collect(stories.generate(request)):
        assert one.think == "" and one.answer_tokens == 40
        assert len(set(one.answer.split()) & {"Lily", "to", "the", "a", "was", "she", "She", "play", "loved", "and", "in", "One"}) >= 3


@pytest.mark.model
class TestBundledModel(EngineContract):
    @pytest.fixture(scope="class")
    def bundled(self) -> Iterator[Supervisor]:
        try:
            name = default().name
        except UnknownModel:
            pytest.fail("no model is bundled with this copy: a fresh machine would have nothing to run")
        with tempfile.TemporaryDirectory(prefix="cns-") as folder, Supervisor(name, Path(folder), HostOptions(nice=0, threads=1)) as host:
            yield host

    @pytest.fixture
    def engine(self, bundled: Supervisor) -> Engine:
        return HostEngine(bundled.socket)

    def test_it_says_that_it_is_for_demonstration(self, engine: Engine) -> None:
        assert engine.identity().demonstration
