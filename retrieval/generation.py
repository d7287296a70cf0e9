"""An index generation on disk: `<root>/<digest>/` with its manifest, and the pointer `<root>/current` to the published one.

During a rolling update a process of the older release reads what a newer one has built: fields it does not know are passed over, and
FORMAT changes where that would be wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from retrieval import passage_file
from retrieval.errors import GenerationDamaged, GenerationMissing
from retrieval.glossary import Term
from retrieval.passage_file import PassageFile
from retrieval.types import Passage, Value

FORMAT = 3
MANIFEST, TERMS, CURRENT = "manifest.json", "terms.json", "current"
_TERMS = TypeAdapter(tuple[Term, ...])


class Manifest(Value):
    """What a generation holds; `files` maps each file to its sha256."""

    format: int
    digest: str
    embedder: str
    """Digest of the embedder, empty for a lexical generation."""
    count: int
    files: dict[str, str]
    grown: int = 0
    """Vectors added or removed since the collection was last written from nothing."""


def digest_of(passages: Sequence[Passage], terms: Sequence[Term], embedder: str) -> str:
    """Name of the generation that these make, whatever their order."""
    state = hashlib.sha256(f"{FORMAT}\n{embedder}\n".encode())
    for passage in sorted(passages, key=lambda one: one.id):
        state.update(passage.model_dump_json().encode() + b"\n")
    for line in sorted(term.model_dump_json() for term in terms):
        state.update(line.encode() + b"\n")
    return state.hexdigest()[:32]


def write_contents(folder: Path, passages: Sequence[Passage], terms: Sequence[Term]) -> None:
    """Passages, sorted by id, and search terms as JSON."""
    passage_file.write(folder, passages)
    (folder / TERMS).write_bytes(_TERMS.dump_json(tuple(terms)))


def seal(folder: Path, digest: str, embedder: str, count: int, grown: int = 0) -> None:
    """Writes the manifest over all files present, and makes everything durable."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    files = {name: file_hash(folder / name) for name in names}
    manifest = Manifest(format=FORMAT, digest=digest, embedder=embedder, count=count, files=files, grown=grown)
    (folder / MANIFEST).write_text(json.dumps(manifest.model_dump(), indent=1), encoding="utf-8")
    for path in (*folder.rglob("*"), folder):
        sync(path)


def publish(root: Path, digest: str) -> None:
    """Points `current` to a generation: whole or not at all."""
    waiting = root / f".{CURRENT}.{os.getpid()}"
    waiting.write_text(digest + "\n", encoding="ascii")
    sync(waiting)
    os.replace(waiting, root / CURRENT)
    sync(root)


def current(root: Path) -> str:
    """Digest of the published generation, or an empty string."""
    try:
        return (root / CURRENT).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def standing(root: Path, embedder: str = "") -> bool:
    """Whether a generation is published, all its files are there and its vectors, if it has any, are by this embedder (a digest, empty for any).

    Cheap: what the files hold is checked by who opens them.
    """
    try:
        folder = root / current(root)
        manifest = read_manifest(folder)
    except (GenerationMissing, GenerationDamaged):
        return False
    fits = not embedder or manifest.embedder in ("", embedder)
    return fits and all((folder / name).is_file() for name in manifest.files)


def stamp(root: Path) -> tuple[str, int, int]:
    """Tells the published generation from the same one built anew in the place of a damaged one."""
    digest = current(root)
    try:
        stat = (root / digest / MANIFEST).stat()
    except OSError:
        return digest, 0, 0
    return digest, stat.st_mtime_ns, stat.st_ino


def spoilt(root: Path) -> list[str]:
    """Files of the published generation that are gone or are not what was built. Reads every byte."""
    try:
        folder = root / current(root)
        return damaged(folder, read_manifest(folder))
    except (GenerationMissing, GenerationDamaged, OSError):
        return [MANIFEST]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation, which must bear the folder's name."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes(), extra="ignore")
    except FileNotFoundError:
        raise GenerationMissing(f"No index generation in {folder.name}. Build the index.") from None
    except ValidationError as error:
        raise GenerationDamaged(f"{folder.name}: the manifest cannot be read. Build the index again.") from error
    if manifest.format != FORMAT or manifest.digest != folder.name:
        raise GenerationDamaged(f"{folder.name}: the manifest belongs to another format or generation. Build the index again.")
    return manifest


def read_contents(folder: Path, manifest: Manifest) -> tuple[PassageFile, tuple[Term, ...]]:
    """Passages and search terms, checked against the manifest."""
    if bad := damaged(folder, manifest, (*passage_file.FILES, TERMS)):
        raise GenerationDamaged(f"{folder.name}: {bad[0]} is not what was built. Build the index again.")
    try:
        return PassageFile(folder), _TERMS.validate_json((folder / TERMS).read_bytes(), extra="ignore")
    except ValidationError as error:
        raise GenerationDamaged(f"{folder.name}: its search terms are written in another release's form. Build the index again.") from error


def damaged(folder: Path, manifest: Manifest, names: Iterable[str] | None = None) -> list[str]:
    """Files (of `names`, or all) that are gone or differ from the manifest."""
    chosen = manifest.files if names is None else names
    return [name for name in chosen if not (folder / name).is_file() or file_hash(folder / name) != manifest.files.get(name)]


def file_hash(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Makes a file or folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
