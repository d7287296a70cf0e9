"""The knowledge desk: files in, mended, proposed, decided; versions compared and withdrawn; what is not covered. life.py acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from clinic.knowledge import life, publishing
from clinic.knowledge.coverage import report
from clinic.knowledge.describing import lacking, meta_of, removed_of
from clinic.knowledge.desk import desk as desk_of
from clinic.knowledge.desk import now, reading
from clinic.knowledge.desk_pages import ComparePage, CoveragePage, DeskPage, NewPage, NowPage, ReadingNowPage, ReadingPage, UploadPage
from clinic.knowledge.difference import difference
from clinic.knowledge.forms import DescribeForm
from clinic.knowledge.life import Refused
from clinic.knowledge.mending import document, kept, units
from clinic.knowledge.models import Source, SourceVersion, Upload, UploadState, VersionState
from clinic.knowledge.preview import preview
from clinic.knowledge.shelves import passages_of
from clinic.people.access import require
from clinic.people.pages import page

IN_READING = (UploadState.UPLOADED, UploadState.READING, UploadState.REFUSED, UploadState.CANCELLED)


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The worklist; `?part=now` is its moving part alone."""
    require(request.user, "knowledge.edit")
    return page(request, NowPage(now())) if "part" in request.GET else page(request, DeskPage(desk_of(request.user)))


def new(request: HttpRequest) -> HttpResponse:
    """Takes one file or several; each is judged by itself."""
    require(request.user, "knowledge.edit")
    if request.method != "POST":
        return page(request, NewPage())
    taken, refused = [], []
    for file in request.FILES.getlist("files"):
        try:
            upload, fresh = life.receive(file.name or "", file.read(), by=request.user)
        except Refused as refusal:
            refused.append(str(refusal))
            continue
        taken.append(upload)
        if not fresh:
            messages.info(request, f"“{upload.name}” was on its way already: this is its page.")
    if refused or not taken:
        return page(request, NewPage(tuple(refused) or ("Choose at least one file.",), tuple(taken)), status=422)
    return redirect("knowledge:upload", taken[0].pk) if len(taken) == 1 else redirect("knowledge:desk")


@require_GET
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one file, as far as it has come; `?part=now` is the progress of its reading alone."""
    require(request.user, "knowledge.edit")
    row = _row(pk)
    if row.state in IN_READING:
        return page(request, ReadingNowPage(reading(row)) if "part" in request.GET else ReadingPage(reading(row)))
    if "part" in request.GET:
        return page(request, ReadingNowPage(reading(row)))
    return page(request, _upload_page(request, row))


def _upload_page(request: HttpRequest, row: Upload, form: DescribeForm | None = None) -> UploadPage:
    user, today = request.user, timezone.localdate()
    read = document(row)
    if read is None:
        raise Http404("This file has not been read.")
    every = units(row, read)
    found = kept(every)
    meta = meta_of(row.meta, row.name)
    standing = SourceVersion.objects.filter(source=meta.id, state=VersionState.PUBLISHED).select_related("source").first()
    proposed = row.state == UploadState.PROPOSED
    return UploadPage(
        upload=row,
        preview=preview(read, every, request.GET.get("show", "text"), _number(request.GET.get("page"))),
        removed=removed_of(row),
        form=form or (DescribeForm.of(row.meta) if row.mendable else None),
        lacking=lacking(row, len(found)) if row.mendable else (),
        may_decide=proposed and not row.written_by(user),
        may_take_back=proposed and row.written_by(user),
        against=standing,
        difference=difference(passages_of(standing), found) if standing and proposed else None,
        future=meta.effective > today.isoformat(),
    )


@require_POST
def describe(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the source is; the units are read again under these words."""
    row, form = _row(pk), DescribeForm(request.POST)
    if form.is_valid():
        try:
            life.describe(row, form.meta(), by=request.user, seen=request.POST.get("seen", ""))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved: the units below are what the arbiter will see under these words.")
            return redirect("knowledge:upload", pk)
    require(request.user, "knowledge.edit")
    return page(request, _upload_page(request, row, form), status=422)


@require_POST
def mark(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Corrects a unit, or all units of its section; or takes the correction back."""
    row, place = _row(pk), _number(request.POST.get("place"), -1)
    if request.POST.get("act") == "undo":
        return _done(
            request, row, lambda: life.unmark(row, place, by=request.user), "The unit stands as it was read.", f"#unit-{place + 1}"
        )
    whole = request.POST.get("scope") == "section"
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    return _done(
        request, row, lambda: life.mark(row, place, act, reason, by=request.user, section=whole), "Corrected.", f"#unit-{place + 1}"
    )


ACTS: dict[str, tuple[Callable[[Upload, str, str, Any], Any], str]] = {
    "cancel": (lambda row, words, seen, by: life.cancel(row, by=by), "Set aside. Nothing of it is in the library; it can be read again."),
    "again": (lambda row, words, seen, by: life.read_again(row, by=by), "It will be read from the page where it stopped."),
    "propose": (lambda row, words, seen, by: life.propose(row, words, by=by), "Proposed. A second editor or pharmacist decides."),
    "back": (lambda row, words, seen, by: life.take_back(row, by=by), "Taken back: it can be mended again."),
    "return": (lambda row, words, seen, by: life.give_back(row, words, by=by, seen=seen), "Returned, with your reason."),
    "approve": (
        lambda row, words, seen, by: life.approve(row, words, by=by, seen=seen),
        "Approved. It is in force as soon as the index has been published.",
    ),
}
"""What a button of the upload's page does, and what is said then."""


@require_POST
def act(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """One of ACTS; a refusal comes back to the page with its sentence."""
    if verb not in ACTS:
        raise Http404("There is no such act.")
    row = _row(pk)
    do, words = ACTS[verb]
    return _done(request, row, lambda: do(row, request.POST.get("words", ""), request.POST.get("seen", ""), request.user), words)


def _done(request: HttpRequest, row: Upload, do: Callable[[], Any], words: str, place: str = "") -> HttpResponse:
    try:
        do()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    show, stretch = request.POST.get("show", ""), _number(request.POST.get("page"))
    query = f"?show={show}&page={stretch}" if show.isalpha() else ""
    return redirect(reverse("knowledge:upload", args=[row.pk]) + query + place)


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Asks for a new index, after one has failed."""
    require(request.user, "knowledge.edit")
    publishing.ask("Asked for on the knowledge desk", by=request.user)
    messages.success(request, "The index will be published again.")
    return redirect("knowledge:desk")


@require_POST
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Takes a version out of use, at once."""
    version = get_object_or_404(SourceVersion, source=slug, version=request.POST.get("version", ""))
    try:
        told = life.withdraw(version, request.POST.get("reason", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        whom = f"Doctors told, as their consults rest on it: {told}." if told else "No open or recent consult rests on it."
        messages.success(request, f"Withdrawn: no new consult sees it. {whom}")
    return redirect(reverse("knowledge:source", args=[slug], query={"version": version.version}))


@require_GET
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions, unit by unit; without a choice, the newest and the one before it."""
    require(request.user, "knowledge.view")
    source = get_object_or_404(Source, slug=slug)
    versions = list(source.versions.defer("text"))
    if len(versions) < 2:
        raise Http404("This source has one version only.")
    by_name = {one.version: one for one in versions}
    newer = by_name.get(request.GET.get("new", ""), versions[0])
    older = by_name.get(request.GET.get("old", ""), next(one for one in versions if one.pk != newer.pk))
    return page(request, ComparePage(source, versions, older, newer, difference(passages_of(older), passages_of(newer))))


@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """What the library has no recommendation for."""
    user: Any = request.user
    require(user, "knowledge.view")
    return page(request, CoveragePage(report(user.hospital), printing="print" in request.GET))


def _row(pk: UUID) -> Upload:
    return get_object_or_404(
        Upload.objects.select_related("original", "uploaded_by", "proposed_by", "decided_by", "version__source"), pk=pk
    )


def _number(text: str | None, otherwise: int = 1) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else otherwise
