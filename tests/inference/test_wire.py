from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from inference import wire
from inference.errors import RequestInvalid


@pytest.fixture
def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


def test_a_frame_comes_as_it_went(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.sendall(wire.pack({"verb": "count", "text": "아픽사반"}))
    assert wire.receive(far) == {"verb": "count", "text": "아픽사반"}


def test_a_frame_cut_short_is_an_end(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.sendall(wire.pack({"verb": "count"})[:-3])
    near.close()
    assert wire.receive(far) is None


@pytest.mark.parametrize("raw", [b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\3{x}"], ids=["huge", "a list", "no JSON"])
def test_what_is_no_frame_is_refused(pair: tuple[socket.socket, socket.socket], raw: bytes) -> None:
    near, far = pair
    near.sendall(raw)
    with pytest.raises(RequestInvalid):
        wire.receive(far)


def test_a_short_path_is_used_as_it_is(tmp_path: Path) -> None:
    with wire.short(Path("/run/model.sock")) as name:
        assert name == "/run/model.sock"


@pytest.mark.skipif(sys.platform != "linux", reason="goes through /proc")
def test_a_path_too_long_for_an_address_still_works(tmp_path: Path) -> None:
    path = tmp_path / ("deep" * 30) / "model.sock"
    path.parent.mkdir()
    near, far = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    with near, far:
        with wire.short(path) as name:
            near.bind(name)
            near.listen()
        with wire.short(path) as name:
            far.connect(name)
    assert path.exists()


def test_a_name_too_long_for_an_address_is_refused() -> None:
    with pytest.raises(RequestInvalid, match="shorter run folder"), wire.short(Path("/tmp") / ("x" * 120)):
        pass
