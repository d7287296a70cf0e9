"""The decision log on screen. It stands with people, not in `clinic.audit`: the log is below the rights that say who may read it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from django.contrib import messages
from django.core.paginator import Page as Slice
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from clinic.audit.acts import ACTS
from clinic.audit.export import FORMATS
from clinic.audit.log import in_turn, record
from clinic.audit.models import Entry
from clinic.audit.picture import Picture, picture
from clinic.audit.reading import Filter, Proof, details, prove
from clinic.audit.verify import Known, Report, verify
from clinic.people.access import require
from clinic.people.pages import page

ROWS = 50
MOST_EXPORTED = 50_000
"""Entries a browser may be handed; more come from `manage.py log export`."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the list shows it."""

    entry: Entry
    words: str
    kind: str
    name: str
    """The subject, `disagreement:3f2a...` as kind and name."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """The log, newest first. `acts`: (group, ((act, words), ...)) for the filter."""

    template: ClassVar[str] = "audit/log.html"
    most: ClassVar[int] = MOST_EXPORTED
    asked: Filter
    rows: tuple[Row, ...]
    slice: Slice[Entry]
    acts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    drawn: Picture | None
    last_verified: Entry | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry: what was hashed, its chain, and the proof that it stands in the log."""

    template: ClassVar[str] = "audit/entry.html"
    row: Row
    details: tuple[tuple[str, str], ...]
    proof: Proof
    previous: Entry | None
    next: Entry | None


@dataclass(frozen=True, slots=True)
class VerifiedPage:
    """What a verification found."""

    template: ClassVar[str] = "audit/verified.html"
    report: Report
    known: Known | None
    seconds: float
    per_second: int
    entry: Entry


def log(request: HttpRequest) -> HttpResponse:
    """The entries that match, newest first."""
    require(request.user, "audit.view")
    asked = Filter.of(request.GET)
    entries = asked.entries()
    rows = Paginator(entries, ROWS).get_page(request.GET.get("page"))
    verified = Entry.objects.filter(act="log.verified").order_by("-index").first()
    return page(request, LogPage(asked, tuple(_row(one) for one in rows), rows, _acts(), picture(entries), verified))


def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry with its proof."""
    require(request.user, "audit.view")
    one = get_object_or_404(Entry, index=index)
    beside = {row.index: row for row in Entry.objects.filter(index__in=(index - 1, index + 1))}
    try:
        proof = prove(index)
    except (IndexError, ValueError):
        raise Http404("The log around this entry is damaged: verify it.") from None
    said = tuple((name.replace("_", " "), str(value)) for name, value in details(one).items())
    return page(request, EntryPage(_row(one), said, proof, beside.get(index - 1), beside.get(index + 1)))


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Recomputes everything, writes down that it was done and what was found, and shows it."""
    require(request.user, "audit.view")
    typed = request.POST.get("known", "").strip()
    try:
        known = Known.parse(typed) if typed else None
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("audit:log")
    started = time.perf_counter()
    report = verify([known] if known else [])
    seconds = time.perf_counter() - started
    with in_turn():
        written = record("log.verified", "log", by=request.user, entries=report.entries, root=report.root, faults=len(report.faults))
    return page(request, VerifiedPage(report, known, seconds, round(report.entries / seconds), written))


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The entries that match as a file, oldest first; that they were taken out is written down first."""
    require(request.user, "audit.view")
    kind = request.POST.get("format", "")
    if kind not in FORMATS:
        raise Http404("There is no such format.")
    asked = Filter.of(request.POST)
    entries = asked.entries().reverse()
    count = entries.count()
    if count > MOST_EXPORTED:
        messages.error(request, f"{count} entries are more than a browser is handed. Narrow the dates, or use manage.py log export.")
        return redirect("audit:log")
    with in_turn():
        record("page.printed", "log", by=request.user, page="log export", format=kind, filter=asked.query(), entries=count)
    write, media = FORMATS[kind]
    response = HttpResponse("".join(write(entries.iterator(2000))), content_type=media)
    response["Content-Disposition"] = f'attachment; filename="decision-log.{kind}"'
    return response


def _row(one: Entry) -> Row:
    kind, _, name = one.subject.partition(":")
    return Row(one, ACTS.get(one.act, one.act), kind, name)


def _acts() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for act, words in ACTS.items():
        groups.setdefault(act.partition(".")[0], []).append((act, words))
    return tuple((group, tuple(acts)) for group, acts in groups.items())
