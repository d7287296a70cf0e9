"""The library: search, sources, passages in their context, and drugs. Reading only; every page asks for `knowledge.view`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from clinic import wiring
from clinic.knowledge import drug_shelf, forest, shelves
from clinic.knowledge.models import PassageRow, Source, SourceVersion, VersionState
from clinic.knowledge.pages import DrugPage, DrugsPage, LibraryPage, PassagePage, Result, SourcePage
from clinic.knowledge.reading import quoted, span_of
from clinic.knowledge.recall import uses
from clinic.knowledge.stretch import Asked, stretch
from clinic.people.access import require
from clinic.people.pages import page
from retrieval.drug_gaps import missing
from retrieval.drug_readers.draft import SECTIONS
from retrieval.types import DrugRecord, Passage, Severity

AT_ONCE = 200
"""Passages of a source on one page."""
IN_FORCE_FIRST = Case(When(state=VersionState.PUBLISHED, then=0), default=1)


def library(request: HttpRequest) -> HttpResponse:
    """Search by words, or the list of sources."""
    require(request.user, "knowledge.view")
    asked = shelves.Asked.of(request.GET)
    results = shelves.search(asked)
    return page(request, LibraryPage(shelves.choices(), asked, results, tuple(shelves.guidelines()), len(wiring.formulary())))


def source(request: HttpRequest, slug: str) -> HttpResponse:
    """A source, in the version asked for or the one in force."""
    user: Any = request.user
    require(user, "knowledge.view")
    row = get_object_or_404(Source, slug=slug)
    versions = tuple(row.versions.order_by(IN_FORCE_FIRST, "-effective", "-pk"))
    wanted = request.GET.get("version", "")
    version = next((one for one in versions if one.version == wanted or not wanted), None)
    if version is None:
        raise Http404("This source has no such version.")
    passages = shelves.passages_of(version)
    shown = SourcePage(
        source=row,
        version=version,
        versions=versions,
        current=_current(version, versions),
        passages=Paginator(passages, AT_ONCE).get_page(request.GET.get("page")),
        demonstration=shelves.is_demonstration(version),
        drug=shelves.drug_of(slug),
        uses=uses([one.id for one in passages], user.hospital),
    )
    return page(request, shown)


def passage(request: HttpRequest, passage_id: str) -> HttpResponse:
    """The source's text, with the sentence or span asked for marked; `#cited` jumps to it. Of a long source the stretch asked for."""
    user: Any = request.user
    require(user, "knowledge.view")
    row = get_object_or_404(PassageRow.objects.select_related("version__source"), pk=passage_id)
    version, unit = row.version, Passage.model_validate(row.body, extra="ignore")
    asked = {name: _number(request.GET.get(short)) for name, short in (("sentence", "s"), ("start", "start"), ("end", "end"))}
    span = span_of(unit, **asked)
    low, high = span or (unit.start, unit.end)
    part = Asked(request.GET.get("part", ""), _number(request.GET.get("from")), _number(request.GET.get("upto")))
    shown = PassagePage(
        source=version.source,
        version=version,
        current=_current(version, tuple(version.source.versions.order_by(IN_FORCE_FIRST, "-effective", "-pk"))),
        passage=unit,
        stretch=stretch(version, row, (low, high), shelves.references_of(version), part),
        place=urlencode({key: request.GET[key] for key in ("s", "start", "end") if key in request.GET}),
        quote=quoted(version.text, unit, (low, high)),
        lost=span is None,
        demonstration=shelves.is_demonstration(version),
        drug=shelves.drug_of(version.source_id),
        uses=uses(list(version.passages.values_list("pk", flat=True)), user.hospital),
    )
    return page(request, shown)


def drugs(request: HttpRequest) -> HttpResponse:
    """The Formulary, whole or by any name of a drug."""
    require(request.user, "knowledge.view")
    q = request.GET.get("q", "").replace("\0", "").strip()[:100]
    records, near = shelves.drugs(q)
    table = wiring.formulary()
    return page(request, DrugsPage(q, records, near, table.digest, len(table), table.own, drug_shelf.by_class(q)))


def drug(request: HttpRequest, name: str) -> HttpResponse:
    """One record; a brand, ATC code or translated name leads to it. A drug without one is told among the drugs."""
    require(request.user, "knowledge.view")
    record = wiring.formulary().find(name)
    if record is None and wiring.formulary().known(name):
        return redirect(f"{reverse('knowledge:drugs')}?{urlencode({'q': name})}")
    if record is None:
        raise Http404("The Formulary has no such drug.")
    if record.name != name:
        return redirect("knowledge:drug", name=record.name)
    return page(request, _drug_page(record))


def _drug_page(record: DrugRecord) -> DrugPage:
    said = shelves.passages_by_record(record)
    groups = ((one, tuple(i for i in record.interactions if i.severity is one)) for one in Severity)
    results = (Result(one, forest.measure(one), forest.interval(one), said.get(one, "")) for one in record.efficacy)
    return DrugPage(
        record=record,
        interactions=tuple(group for group in groups if group[1]),
        named_by=shelves.named_by_others(record),
        shared=drug_shelf.shared(record),
        missing=missing(record),
        own=record.name in wiring.formulary().own,
        label=tuple((SECTIONS.get(key, key), text) for key, text in record.label.items()),
        plots=forest.plots(record.efficacy),
        results=tuple(results),
        source=shelves.source_of(record) if said else "",
    )


def _current(version: SourceVersion, versions: tuple[SourceVersion, ...]) -> SourceVersion | None:
    """The version in force, if it is another one."""
    return next((one for one in versions if one.in_force and one.pk != version.pk), None)


def _number(text: str | None) -> int | None:
    """None where nothing was asked; -1, which is no place anywhere, for what is not a number."""
    if text is None or text == "":
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
