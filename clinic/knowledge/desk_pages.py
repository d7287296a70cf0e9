"""What each page of the knowledge desk shows, as typed values for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings

from clinic.knowledge.coverage import Report
from clinic.knowledge.desk import Desk, Now, Reading
from clinic.knowledge.difference import Difference
from clinic.knowledge.forms import DescribeForm
from clinic.knowledge.models import Source, SourceVersion, Upload
from clinic.knowledge.preview import Preview
from retrieval.intake import READERS


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The worklist of editors and pharmacists."""

    template: ClassVar[str] = "knowledge/desk.html"
    desk: Desk

    @property
    def now(self) -> Now:
        return self.desk.now


@dataclass(frozen=True, slots=True)
class NowPage:
    """The moving part of the desk, for its own renewal."""

    template: ClassVar[str] = "knowledge/_now.html"
    now: Now


@dataclass(frozen=True, slots=True)
class NewPage:
    """Where files come in. `refused`: why some of them did not."""

    template: ClassVar[str] = "knowledge/new.html"
    kinds: ClassVar[tuple[str, ...]] = tuple(sorted(READERS))
    refused: tuple[str, ...] = ()
    taken: tuple[Upload, ...] = ()

    @property
    def most(self) -> int:
        return int(settings.UPLOAD_MB)


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """A file that is being read, or could not be."""

    template: ClassVar[str] = "knowledge/reading.html"
    reading: Reading

    @property
    def upload(self) -> Upload:
        return self.reading.upload


@dataclass(frozen=True, slots=True)
class ReadingNowPage:
    """How far the reading is, for its own renewal."""

    template: ClassVar[str] = "knowledge/_reading.html"
    reading: Reading


@dataclass(frozen=True, slots=True)
class UploadPage:
    """What was read, to be mended, or to be decided on by a second person."""

    template: ClassVar[str] = "knowledge/upload.html"
    upload: Upload
    preview: Preview
    removed: tuple[tuple[int, str], ...]
    form: DescribeForm | None
    """Where the viewer may mend it."""
    lacking: tuple[str, ...]
    may_decide: bool
    may_take_back: bool
    against: SourceVersion | None
    """The version that this one would replace."""
    difference: Difference | None
    future: bool
    """Its day is still to come."""


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two versions of a source side by side."""

    template: ClassVar[str] = "knowledge/compare.html"
    source: Source
    versions: Sequence[SourceVersion]
    old: SourceVersion
    new: SourceVersion
    difference: Difference


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """What the library has no recommendation for."""

    template: ClassVar[str] = "knowledge/coverage.html"
    report: Report
    printing: bool
