"""The units of an upload with people's corrections laid over them. Pure: a document and marks in, passages out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clinic.knowledge.models import Mend, UnitMark, Upload
from retrieval.document import Document, passage
from retrieval.types import Certainty, Passage, Strength, UnitKind


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as read, and what was done to it. `place`: from 0, in the order of the document."""

    place: int
    passage: Passage
    mark: UnitMark | None = None

    @property
    def dropped(self) -> bool:
        return self.mark is not None and self.mark.act == Mend.DROP

    @property
    def demoted(self) -> bool:
        return self.mark is not None and self.mark.act == Mend.DEMOTE

    @property
    def number(self) -> int:
        return self.place + 1


def document(upload: Upload) -> Document | None:
    """As assembled; None before it has been read."""
    return None if upload.document is None else Document.model_validate(upload.document)


def units(upload: Upload, read: Document | None = None) -> tuple[Unit, ...]:
    """Every unit of the upload, those that are left out too; empty before it has been read. `read`: its document, if at hand."""
    read = read or document(upload)
    marks = {mark.place: mark for mark in upload.marks.select_related("by")}
    return laid_over(read.passages, marks) if read else ()


def laid_over(passages: Iterable[Passage], marks: Mapping[int, UnitMark]) -> tuple[Unit, ...]:
    """A demoted unit is shown as what it becomes."""
    return tuple(Unit(n, mended(one, marks.get(n)), marks.get(n)) for n, one in enumerate(passages))


def mended(one: Passage, mark: UnitMark | None) -> Passage:
    """A recommendation that is none becomes narrative: it may be cited, and carries no grade."""
    if mark is None or mark.act != Mend.DEMOTE:
        return one
    fields = {name: getattr(one, name) for name in Passage.model_fields if name != "id"}
    return passage(**{**fields, "kind": UnitKind.NARRATIVE, "strength": Strength.UNGRADED, "certainty": Certainty.UNGRADED})


def kept(found: Iterable[Unit]) -> list[Passage]:
    """What the arbiter will see."""
    return [unit.passage for unit in found if not unit.dropped]
