"""Which models exist, and which file each one is. Pure look-up: nothing is loaded, fetched or chosen for you.

find("r1-distill-qwen-7b")  -> Card          an unknown name raises UnknownModel
read("path/to/card.toml")   -> Card          the same, for a card of the hospital's own
weights_path(card, folder)  -> Path
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent
WEIGHTS = HERE / "weights"
"""Imported weights, outside version control."""


class UnknownModel(LookupError):
    """No such model; never replaced by another."""

    code = "unknown_model"
    retryable = False


class CardInvalid(ValueError):
    """A card that cannot be read as one."""

    code = "card_invalid"
    retryable = False


@dataclass(frozen=True)
class Card:
    """One model as the catalogue knows it. Sizes in bytes."""

    name: str
    kind: Literal["generate", "embed", "rerank"] = "generate"
    file: str = ""
    """Name of the weights file; "" for a model behind a server or inside a package."""
    folder: str = ""
    """Where a bundled model's file lies; "" = the weights folder."""
    sha256: str = ""
    """"" = not pinned yet."""
    size: int = 0
    memory: int = 0
    """Weights and eight samples at `context`, roughly."""
    quantisation: str = ""
    context: int = 4096
    """Tokens of one sample, prompt and answer."""
    architecture: str = ""
    parameters: int = 0
    template: str = ""
    dialect: str = "plain"
    demonstration: bool = False
    """Its answers are not for care, and every screen says so."""
    server: bool = False
    """Runs behind an OpenAI-compatible server."""
    package: str = ""
    """Comes inside this Python package."""
    source: str = ""
    licence: str = ""
    trained_on: str = ""
    can: str = ""
    cannot: str = ""
    figures: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """Measured numbers, free in shape, and whatever else a card.toml says."""

    @property
    def bundled(self) -> bool:
        return bool(self.folder)


@cache
def cards(weights: Path = WEIGHTS) -> dict[str, Card]:
    """All models by name: bundled first, then the catalogue's, with pinned digests filled in."""
    from models.lock import pinned

    digests = pinned(weights)
    listed = [_card(table, "catalogue.toml") for table in tomllib.loads((HERE / "catalogue.toml").read_text())["model"]]
    known = [*bundled(), *(replace(card, sha256=card.sha256 or digests.get(card.name, "")) for card in listed)]
    by_name = {card.name: card for card in known}
    if len(by_name) != len(known):
        raise CardInvalid("two models of the catalogue have the same name")
    return by_name


def bundled(folder: Path = HERE / "bundled") -> list[Card]:
    """The models that come with the software, newest name first."""
    return [_read_file(path) for path in sorted(folder.glob("*/card.toml"), reverse=True)]


def find(name: str, weights: Path = WEIGHTS) -> Card:
    known = cards(weights)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UnknownModel(f"There is no model {name!r} in the catalogue.{hint} `manage.py models list` shows all.")
    return known[name]


def default() -> Card:
    """The model of a fresh machine: the bundled demonstration model."""
    for card in bundled():
        if card.kind == "generate":
            return card
    raise UnknownModel("No model is bundled with this copy. Import one with `manage.py models import NAME FILE`.")


def read(name_or_path: str, weights: Path = WEIGHTS) -> Card:
    """A card by name, or from a card.toml by its path."""
    path = Path(name_or_path)
    return _read_file(path) if path.suffix == ".toml" else find(name_or_path, weights)


def weights_path(card: Card, weights: Path = WEIGHTS) -> Path:
    """Where the file of a card must lie; whether it does is for the one who opens it."""
    if not card.file:
        where = "runs behind a server" if card.server else f"comes inside the package {card.package}"
        raise CardInvalid(f"{card.name} has no weights file of its own: it {where}.")
    return Path(card.folder) / card.file if card.folder else weights / card.file


def _read_file(path: Path) -> Card:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CardInvalid(f"The card {path} cannot be read: {error}.") from error
    known = {f.name for f in fields(Card)}
    extra = {key: table.pop(key) for key in sorted(set(table) - known)}
    card = _card(table, str(path))
    return replace(card, folder=str(path.parent.resolve()), figures={**card.figures, **extra})


def _card(table: dict[str, Any], where: str) -> Card:
    known = {f.name for f in fields(Card)} - {"folder"}
    unknown, missing = sorted(set(table) - known), sorted({"name"} - set(table))
    if unknown or missing:
        raise CardInvalid(f"In {where}: unknown keys {unknown}, missing keys {missing}.")
    values: dict[str, Any] = {key: _text(value) if key in ("can", "cannot", "trained_on") else value for key, value in table.items()}
    card = Card(**values)
    if Path(card.file).name != card.file:
        raise CardInvalid(f"In {where}: file {card.file!r} must be a plain file name.")
    return card


def _text(value: Any) -> str:
    """A sentence, or a list of sentences, as one text."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
