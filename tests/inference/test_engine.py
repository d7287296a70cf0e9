from __future__ import annotations

from pathlib import Path

import pytest

from inference.backends.host import HostEngine
from inference.backends.openai import OpenAIEngine
from inference.backends.scripted import ScriptedEngine
from inference.engine import BACKENDS, open_engine
from inference.errors import RequestInvalid
from models.catalogue import UnknownModel


@pytest.mark.parametrize(
    ("where", "kind"),
    [("unix:/run/x.sock", HostEngine), ("http://box:8000/v1", OpenAIEngine), ("https://box/v1", OpenAIEngine), ("scripted:", ScriptedEngine)],
)
def test_an_address_opens_its_backend(where: str, kind: type) -> None:
    assert isinstance(open_engine(where, model="deepseek-r1"), kind)


def test_every_scheme_of_the_table_is_tried_above() -> None:
    assert set(BACKENDS) == {"unix", "http", "https", "scripted"}


def test_a_card_s_name_opens_its_host() -> None:
    assert isinstance(open_engine("r1-distill-qwen-7b", sockets=Path("/run/consilium")), HostEngine)


@pytest.mark.parametrize("where", ["ftp://box/model", "r1-671b", "r1-distill-qwen-7b"], ids=["scheme", "server", "no folder"])
def test_what_cannot_be_opened_says_why(where: str) -> None:
    with pytest.raises(RequestInvalid):
        open_engine(where)


def test_an_unknown_model_is_never_replaced() -> None:
    with pytest.raises(UnknownModel, match="Did you mean r1-distill-qwen-7b"):
        open_engine("r1-distil-qwen-7b", sockets=Path("/run"))
