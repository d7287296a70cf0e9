"""`manage.py models pull`: fetches what a card names into the weights folder, compares or pins its digest, and gives it its name."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from models.catalogue import WEIGHTS, Card, CardInvalid, weights_path
from models.errors import NoSpace, PullError
from models.fetching import Fetch, Wanted, check_address
from models.folders import check, folder_digest
from models.importing import GGUF, only_one, remove, settle
from models.lock import digest_of, pinned
from models.progress import Progress, size

SPARE = 1_000_000_000
"""Bytes that stay free on the disk."""
SMALL = 50_000_000
"""The most that a settings or vocabulary file of a folder may have."""


@dataclass(frozen=True)
class Pulled:
    path: Path
    digest: str
    pinned_now: bool
    """No digest was known before: this one is what later copies are compared with."""


def pull(
    card: Card,
    weights: Path = WEIGHTS,
    *,
    source: str = "",
    tell: Callable[[Progress], None] = lambda progress: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Goes on where an earlier one stopped. `source`: a mirror's address instead of the card's."""
    where = source or card.source
    target = weights_path(card, weights)
    if card.folder or not where or (card.kind != "generate" and not card.files):
        raise CardInvalid(f"{card.name} cannot be pulled: {_no_pull(card)}")
    check_address(where)
    with only_one(weights):
        if card.sha256 and target.exists() and _digest(target) == card.sha256:
            return Pulled(target, card.sha256, False)
        try:
            draft = _folder(card, where, target, tell, sleep) if card.files else _file(card, where, target, tell, sleep)
            try:
                path = settle(card, draft, weights)
            except ValueError:
                remove(draft)
                remove(draft.with_name(f"{draft.name}.json"))
                raise
            remove(draft.with_name(f"{draft.name}.json"))
        except PullError as error:
            raise type(error)(f"{error} {elsewhere(card, where)}") from error
    return Pulled(path, pinned(weights)[card.name], not card.sha256)


def elsewhere(card: Card, where: str) -> str:
    """What to do on a machine without internet."""
    what = f"the files {', '.join(card.files)} under {where}" if card.files else where
    thing = "FOLDER" if card.files else "FILE"
    return (
        f"What has been fetched is kept and the same command goes on from it. Without internet here: fetch {what} ({size(card.size)}) "
        f"on another machine, carry it over, and run `manage.py models import {card.name} {thing}`."
    )


def _file(card: Card, where: str, target: Path, tell: Callable[[Progress], None], sleep: Callable[[float], None]) -> Path:
    return Fetch(Wanted(where, card.size, GGUF), target, tell, _room(target.parent), sleep).run()


def _folder(card: Card, where: str, target: Path, tell: Callable[[Progress], None], sleep: Callable[[float], None]) -> Path:
    """Each file on its own; the part of one that is whole is not asked for again. The notes stay outside the folder."""
    draft = target.with_name(f"{target.name}.part")
    fetching = target.with_name(f"{target.name}.fetching")
    for name in card.files:
        if (draft / name).is_file():
            continue
        weights = name.endswith(".safetensors")
        wanted = Wanted(f"{where.rstrip('/')}/{name}", limit=int(card.size * 1.03) if weights else SMALL)
        fetching.mkdir(exist_ok=True)
        fetch = Fetch(wanted, fetching / name.replace("/", "__"), tell, _room(target.parent), sleep)
        part = fetch.run()
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        part.replace(draft / name)
        fetch.forget_note()
    remove(fetching)
    try:
        check(draft)
    except ValueError:
        remove(draft)
        raise
    return draft


def _digest(path: Path) -> str:
    return folder_digest(path) if path.is_dir() else digest_of(path)


def _room(folder: Path) -> Callable[[int], None]:
    def room(more: int) -> None:
        free = shutil.disk_usage(folder).free
        if more + SPARE > free:
            raise NoSpace(f"{size(more)} are still to come and {size(free)} are free at {folder}, of which {size(SPARE)} stay free. Free some.")

    return room


def _no_pull(card: Card) -> str:
    if card.folder:
        return "it lies beside its own card."
    host = urlsplit(card.source).hostname
    return f"it is not published in a form that is loaded here{f' (see {card.source})' if host else ''}. `manage.py models card {card.name}` says more."
