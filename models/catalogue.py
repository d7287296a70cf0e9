"""Which models exist, and which file each one is. Pure look-up: nothing is loaded, fetched or chosen for you.

find("r1-distill-qwen-7b")  -> Card          an unknown name raises UnknownModel
read("path/to/card.toml")   -> Card          the same, for a card of the hospital's own
chosen("bundled")           -> Card          what a setting says: bundled, a name, or a path
weights_path(card, folder)  -> Path
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
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
    """Name of the weights file, or of the folder of an embedder or reranker; "" for a model behind a server or inside a package."""
    folder: str = ""
    """Where a bundled model's file lies; "" = the weights folder."""
    path: str = ""
    """The card.toml it was read from; "" = catalogue.toml."""
    sha256: str = ""
    """"" = not pinned yet. Of a folder: see models/folders.py."""
    size: int = 0
    memory: int = 0
    """Weights and eight samples at `context`, roughly."""
    quantisation: str = ""
    context: int = 4096
    """Tokens of one sample, prompt and answer; of an embedder or reranker, of what it reads at once."""
    architecture: str = ""
    parameters: int = 0
    layers: int = 0
    kv_width: int = 0
    """Width of the keys of one token in one layer: key-value heads x head size."""
    tier: int = 0
    """How well it reasons by its makers' published table, 1 the least; 0 = not ranked."""
    dimensions: int = 0
    """Numbers of an embedder's vector."""
    query_prefix: str = ""
    passage_prefix: str = ""
    """What an embedder wants before a question and before a passage."""
    template: str = ""
    dialect: str = "plain"
    demonstration: bool = False
    """Its answers are not for care, and every screen says so."""
    server: bool = False
    """Runs behind an OpenAI-compatible server."""
    package: str = ""
    """Comes inside this Python package."""
    source: str = ""
    """Where it is published: of a file its address; of a folder the address under which `files` lie."""
    files: tuple[str, ...] = ()
    """Of a folder, what `pull` fetches."""
    licence: str = ""
    trained_on: str = ""
    can: str = ""
    cannot: str = ""
    figures: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """Measured numbers, free in shape, and whatever else a card.toml says."""

    @property
    def bundled(self) -> bool:
        return bool(self.folder)

    @property
    def reference(self) -> str:
        """What `read` and the model host find this very card by."""
        return self.path or self.name

    def needs(self, slots: int, context: int) -> int:
        """Bytes of the weights and of the keys and values of so many samples of so many tokens; a twentieth more for computing."""
        return int(1.05 * (self.size + slots * context * self.layers * 2 * self.kv_width * 2))


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


def chosen(setting: str, weights: Path = WEIGHTS) -> Card:
    """The card that a setting names: `bundled`, a name of the catalogue, or the path of a card.toml."""
    return default() if setting == "bundled" else read(setting, weights)


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
    known = {f.name for f in fields(Card)} - {"folder", "path"}
    extra = {key: table.pop(key) for key in sorted(set(table) - known)}
    card = _card(table, str(path))
    return replace(card, folder=str(path.parent.resolve()), path=str(path.resolve()), figures={**card.figures, **extra})


def _card(table: dict[str, Any], where: str) -> Card:
    known = {f.name for f in fields(Card)} - {"folder", "path"}
    unknown, missing = sorted(set(table) - known), sorted({"name"} - set(table))
    if unknown or missing:
        raise CardInvalid(f"In {where}: unknown keys {unknown}, missing keys {missing}.")
    card = Card(**{key: SHAPES.get(key, _same)(value) for key, value in table.items()})
    if Path(card.file).name != card.file:
        raise CardInvalid(f"In {where}: file {card.file!r} must be a plain file name.")
    return card


def _text(value: Any) -> str:
    """A sentence, or a list of sentences, as one text."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _same(value: Any) -> Any:
    return value


SHAPES: dict[str, Callable[[Any], Any]] = {"can": _text, "cannot": _text, "trained_on": _text, "files": tuple}
"""Keys whose value in TOML has another shape than in `Card`."""
