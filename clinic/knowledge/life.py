"""What is done to a source on its way: uploaded, read, mended, proposed, approved or returned, withdrawn. One function per mutation.

How it gets into SQL from a folder, and from SQL into the index: actions.py. The jobs: reader.py, publishing.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pydantic import ValidationError

from clinic.audit.log import commitment, in_turn, record
from clinic.knowledge import publishing, queue, recall
from clinic.knowledge.describing import document_of, lacking, meta_of
from clinic.knowledge.lease import ReadingLease
from clinic.knowledge.mending import kept, units
from clinic.knowledge.models import (
    STANDING,
    Mend,
    Original,
    PassageRow,
    Source,
    SourceVersion,
    UnitMark,
    Upload,
    UploadState,
    VersionState,
)
from clinic.people.access import require
from clinic.people.notices import tell
from retrieval.errors import RetrievalError
from retrieval.intake import READERS
from retrieval.types import UnitKind


class Refused(ValueError):
    """The act does not fit the state of the source; the sentence says what to do."""

    code = "refused"


class Known(Refused):
    """This very file is in the library already."""

    def __init__(self, version: SourceVersion) -> None:
        self.version = version
        super().__init__(
            f"This very file is in the library: version {version.version} of “{version.source.title}” ({version.get_state_display().lower()})."
        )


def receive(name: str, data: bytes, *, by: Any) -> tuple[Upload, bool]:
    """Keeps the bytes and queues the reading. (upload, False) for bytes that are on their way already: sending twice does no harm."""
    require(by, "knowledge.edit")
    name = plain_name(name)
    if PurePath(name).suffix.lower() not in READERS:
        raise Refused(f"“{name}” cannot be read: choose a file of one of these kinds: {', '.join(sorted(READERS))}.")
    if not data:
        raise Refused(f"“{name}” is empty: choose the file again.")
    if len(data) > settings.UPLOAD_MB * 1_000_000:
        raise Refused(
            f"“{name}” has {len(data) / 1e6:.1f} MB, and at most {settings.UPLOAD_MB} MB are taken: split it, or save it without its pictures."
        )
    digest = sha256(data).hexdigest()
    with in_turn():
        original, _ = Original.objects.select_for_update().get_or_create(digest=digest, defaults={"size": len(data), "data": data})
        live = Upload.objects.filter(original=original, state__in=Upload.LIVE).first()
        if live is not None:
            return live, False
        known = SourceVersion.objects.filter(digest=digest).exclude(state=VersionState.WITHDRAWN).select_related("source").first()
        if known is not None:
            raise Known(known)
        upload = Upload.objects.create(original=original, name=name, uploaded_by=by)
        record("source.uploaded", subject(upload), by=by, digest=digest, bytes=len(data))
        transaction.on_commit(lambda: queue.send(ReadingLease, upload.pk), robust=True)
    return upload, True


def plain_name(name: str) -> str:
    """The last part of whatever a browser sent, printable and short. It is shown, never opened."""
    last = PurePath(name.replace("\\", "/")).name
    shown = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(". ") or "file"
    suffix = PurePath(shown).suffix[:10]
    return shown if len(shown) <= 120 else shown[: 120 - len(suffix)] + suffix


def cancel(upload: Upload, *, by: Any) -> None:
    """Ends the reading, or sets aside what was read. Bytes and pages are kept; it can be read again."""
    with _held(upload, by, UploadState.UPLOADED, UploadState.READING, UploadState.READ, UploadState.RETURNED) as row:
        row.cancel_asked, row.state = True, UploadState.CANCELLED
        row.save(update_fields=["cancel_asked", "state"])
        record("source.set_aside", subject(row), by=by, pages=row.pages.count())


def read_again(upload: Upload, *, by: Any) -> None:
    """Takes up a reading that failed or was cancelled, at the page where it was."""
    with _held(upload, by, UploadState.REFUSED, UploadState.CANCELLED) as row:
        if Upload.objects.filter(original=row.original_id, state__in=Upload.LIVE).exists():
            raise Refused("The same file is on its way already under another upload: go on with that one.")
        row.state, row.cancel_asked, row.attempts, row.fault, row.sent_at = UploadState.UPLOADED, False, 0, "", None
        row.save(update_fields=["state", "cancel_asked", "attempts", "fault", "sent_at"])
        record("source.read_again", subject(row), by=by)
        transaction.on_commit(lambda: queue.send(ReadingLease, row.pk), robust=True)


def describe(upload: Upload, meta: Mapping[str, Any], *, by: Any, seen: str | None = None) -> None:
    """Writes what the source is, and assembles its units under these words. `seen`: see approve."""
    with _held(upload, by, *Upload.MENDABLE) as row:
        _fresh(row, seen, "Somebody else has saved other words meanwhile: compare them with yours, and save again.")
        row.meta = {**row.meta, **meta}
        try:
            row.document = document_of(row, row.meta).model_dump(mode="json")
        except (ValidationError, RetrievalError) as error:
            raise Refused(_sentence(error)) from error
        row.save(update_fields=["meta", "document"])
        record("source.described", subject(row), by=by, meta=commitment(row.meta, str(row.pk)))


def mark(upload: Upload, place: int, act: str, reason: str, *, by: Any, section: bool = False) -> int:
    """Says of one unit, or of all units of its section, that it is no recommendation, or leaves it out; with the reason.
    Returns how many."""
    reason = " ".join(reason.split())[:300]
    with _held(upload, by, *Upload.MENDABLE) as row:
        if act not in Mend.values:
            raise Refused("A unit is either left out, or said to be no recommendation: choose one.")
        if not reason:
            raise Refused(f"Say in a few words why unit {place + 1} is corrected: the approver reads it.")
        passages = (row.document or {}).get("passages", ())
        if not 0 <= place < len(passages):
            raise Refused(f"There is no unit {place + 1}.")
        near = [n for n, one in enumerate(passages) if one["section"] == passages[place]["section"]] if section else [place]
        if act == Mend.DEMOTE:
            near = [n for n in near if passages[n]["kind"] == UnitKind.RECOMMENDATION]
        if not near:
            raise Refused(f"Unit {place + 1} is no recommendation already.")
        for one in near:
            UnitMark.objects.update_or_create(upload=row, place=one, defaults={"act": act, "reason": reason, "by": by})
        record("source.marked", subject(row), by=by, units=near, mark=act)
    return len(near)


def unmark(upload: Upload, place: int, *, by: Any) -> None:
    """Takes a unit as it was read."""
    with _held(upload, by, *Upload.MENDABLE) as row:
        if UnitMark.objects.filter(upload=row, place=place).delete()[0]:
            record("source.marked", subject(row), by=by, units=[place], mark="none")


def propose(upload: Upload, note: str = "", *, by: Any) -> None:
    """Puts it up for approval by a second person. From here on nobody changes it."""
    with _held(upload, by, *Upload.MENDABLE) as row:
        if problems := lacking(row, len(kept(units(row)))):
            raise Refused(" ".join(problems))
        row.state, row.proposed_by, row.proposed_at, row.note = UploadState.PROPOSED, by, timezone.now(), note.strip()
        row.decided_by, row.decided_at, row.comment = None, None, ""
        row.save(update_fields=["state", "proposed_by", "proposed_at", "note", "decided_by", "decided_at", "comment"])
        record("source.proposed", subject(row), by=by, units=len(kept(units(row))), document=commitment(row.document, str(row.pk)))


def take_back(upload: Upload, *, by: Any) -> None:
    """The one who uploaded or proposed it mends it once more before anybody decided."""
    with _held(upload, by, UploadState.PROPOSED) as row:
        if not row.written_by(by):
            raise Refused("Whoever proposed it takes it back; you may return it with a reason.")
        row.state = UploadState.READ
        row.save(update_fields=["state"])
        record("source.taken_back", subject(row), by=by)


def give_back(upload: Upload, comment: str, *, by: Any, seen: str | None = None) -> None:
    """The second person returns it with a reason; whoever uploaded it mends it. `seen`: see approve."""
    with _held(upload, by, UploadState.PROPOSED) as row:
        _second_person(row, by)
        _fresh(row, seen, CHANGED)
        if not comment.strip():
            raise Refused("Say what has to be mended before it is returned.")
        row.state, row.decided_by, row.decided_at, row.comment = UploadState.RETURNED, by, timezone.now(), comment.strip()
        row.save(update_fields=["state", "decided_by", "decided_at", "comment"])
        record("source.returned", subject(row), by=by, comment=commitment(row.comment, str(row.pk)))
        _tell_authors(row, f"Returned: “{row.title}”. {row.comment}")


CHANGED = "It was mended and proposed anew after this page was opened: look at it as it is now, then decide."


def approve(upload: Upload, comment: str = "", *, by: Any, seen: str | None = None) -> SourceVersion:
    """The second person takes it into the library; what holds today goes into the next index generation, the rest on its day.
    `seen`: Upload.seen of the page that was looked at; a decision on one that is out of date is refused. None: not compared."""
    with _held(upload, by, UploadState.PROPOSED) as row:
        _second_person(row, by)
        _fresh(row, seen, CHANGED)
        found = kept(units(row))
        if problems := lacking(row, len(found)):
            raise Refused(" ".join(problems))
        meta = meta_of(row.meta, row.name)
        source, _ = Source.objects.update_or_create(slug=meta.id, defaults={"title": meta.title, "specialty": meta.specialty})
        version = SourceVersion.objects.create(
            source=source,
            version=meta.version,
            organisation=meta.organisation,
            effective=date.fromisoformat(meta.effective),
            language=meta.language,
            text=(row.document or {})["text"],
            digest=row.original_id,
            approved_by=by.username,
        )
        if PassageRow.objects.filter(pk__in=[one.id for one in found]).exists():
            raise Refused("The library holds these very units already under another version: give this one another version.")
        PassageRow.objects.bulk_create(
            [PassageRow(id=one.id, version=version, place=n, body=one.model_dump(mode="json")) for n, one in enumerate(found)]
        )
        row.state, row.version, row.decided_by, row.decided_at, row.comment = (
            UploadState.APPROVED,
            version,
            by,
            timezone.now(),
            comment.strip(),
        )
        row.save(update_fields=["state", "version", "decided_by", "decided_at", "comment"])
        record(
            "source.approved", subject(row), by=by, source=source.slug, version=version.version, digest=version.digest, passages=len(found)
        )
        if version.effective is None or version.effective <= timezone.localdate():
            publishing.ask(f"Approved: {source.title}, version {version.version}", by=by)
    return version


def withdraw(version: SourceVersion, reason: str, *, by: Any) -> int:
    """Takes a version out of use at once, whatever the published index holds. Returns how many doctors were told."""
    require(by, "knowledge.edit")
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say why it is withdrawn: the doctors whose decisions rest on it read it.")
    with in_turn():
        row = SourceVersion.objects.select_for_update().select_related("source").get(pk=version.pk)
        if row.withdrawn:
            raise Refused(f"Version {row.version} was withdrawn already.")
        standing = row.state in STANDING
        row.state, row.ended_at, row.ended_by, row.reason = VersionState.WITHDRAWN, timezone.now(), getattr(by, "username", str(by)), reason
        row.save(update_fields=["state", "ended_at", "ended_by", "reason"])
        record("source.withdrawn", f"source:{row.source_id}", by=by, version=row.version, reason=commitment(reason, row.source_id))
        words = f"Withdrawn: “{row.source.title}”, version {row.version}, on which a consult of yours rests. Reason: {reason}"
        told = recall.warn(list(row.passages.values_list("pk", flat=True)), f"withdrawn:{row.pk}", words[:600])
        if standing:
            publishing.ask(f"Withdrawn: {row.source.title}, version {row.version}", by=by)
    version.refresh_from_db()
    return told


# What is read ------------------------------------------------------------------------------------------------------------------


def subject(upload: Upload | UUID) -> str:
    return f"upload:{upload.pk if isinstance(upload, Upload) else upload}"


@contextmanager
def _held(upload: Upload, by: Any, *states: UploadState) -> Iterator[Upload]:
    """The upload's row, locked until the act is written, in one of the states in which the act makes sense."""
    require(by, "knowledge.edit")
    with in_turn():
        row = Upload.objects.select_for_update().get(pk=upload.pk)
        if row.state not in states:
            raise Refused(f"That cannot be done now: “{row.title}” is in the state “{row.get_state_display()}”. Look at its page again.")
        yield row
    upload.refresh_from_db()


def _tell_authors(row: Upload, words: str) -> None:
    """Whoever uploaded and whoever proposed it hears what the second person decided."""
    authors = [user for user in (row.uploaded_by, row.proposed_by) if user]
    tell(authors, f"{subject(row)}:{row.decided_at}", words[:600], reverse("knowledge:upload", args=[row.pk]))


def _second_person(row: Upload, by: Any) -> None:
    if row.written_by(by):
        raise Refused("Whoever uploaded or proposed it cannot decide on it: a second editor or pharmacist does.")


def _fresh(row: Upload, seen: str | None, words: str) -> None:
    if seen is not None and seen != row.seen:
        raise Refused(words)


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(f"{'.'.join(map(str, one['loc'])).capitalize()}: {one['msg']}." for one in error.errors())
    return str(error)
