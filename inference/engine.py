"""Opens an engine from its address. The table is the whole list; an address of another kind is an error.

    open_engine("unix:/run/consilium/r1-distill-qwen-7b.sock")     our model host
    open_engine("r1-distill-qwen-7b", sockets=run_folder)          the same, by the card's name
    open_engine("https://models.hospital.example/v1", model="deepseek-r1", key="...")
    open_engine("scripted:")                                       unit tests
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from inference.backends.host import HostEngine
from inference.backends.scripted import ScriptedEngine
from inference.errors import RequestInvalid
from inference.types import Engine
from inference.wire import socket_path
from models.catalogue import find


@dataclass(frozen=True)
class Address:
    """Where an engine is, and what a server wants to be told. `context`: what that server was started with; `ca`: whom its certificate
    must be from, as a PEM file."""

    url: str
    model: str = ""
    key: str = field(default="", repr=False)
    context: int = 32768
    ca: str = ""


def _host(address: Address) -> Engine:
    return HostEngine(Path(urlsplit(address.url).path))


def _server(address: Address) -> Engine:
    from inference.backends.openai import OpenAIEngine

    return OpenAIEngine(address.url, address.model, key=address.key, context=address.context, ca=address.ca)


def _scripted(address: Address) -> Engine:
    return ScriptedEngine()


BACKENDS: dict[str, Callable[[Address], Engine]] = {
    "unix": _host,
    "http": _server,
    "https": _server,
    "scripted": _scripted,
}


def open_engine(
    where: str, *, model: str = "", key: str = "", context: int = 32768, ca: str = "", sockets: Path | None = None
) -> Engine:
    """An engine by URL, or by a card's name where its host's socket lies in `sockets`."""
    scheme, colon, _ = where.partition(":")
    if not colon:
        return _by_card(where, sockets)
    if scheme not in BACKENDS:
        raise RequestInvalid(f"no backend for {scheme}: addresses; known are {', '.join(BACKENDS)}")
    return BACKENDS[scheme](Address(where, model, key, context, ca))


def _by_card(name: str, sockets: Path | None) -> Engine:
    card = find(name)
    if card.server:
        raise RequestInvalid(f"{name} runs behind a server: give its address, such as https://server/v1")
    if sockets is None:
        raise RequestInvalid(f"say in which folder the socket of {name} lies")
    return HostEngine(socket_path(sockets, name))
