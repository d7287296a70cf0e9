"""The patient list and the page of one patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.paginator import Page as Slice
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from clinic.cases.models import Case
from clinic.cases.snapshot import snapshot
from clinic.people.access import can, require
from clinic.people.door import admit, viewed
from clinic.people.pages import page
from clinic.reasoning.facts import CaseSnapshot
from clinic.reasoning.intake import clean

ROWS = 50


@dataclass(frozen=True, slots=True)
class PatientsPage:
    """The patients of the user's hospital that match."""

    template: ClassVar[str] = "cases/patients.html"
    q: str
    rows: Slice[Any]


@dataclass(frozen=True, slots=True)
class PatientPage:
    """One patient's facts, and the disagreements about them where the user may read those."""

    template: ClassVar[str] = "cases/patient.html"
    case: Case
    facts: CaseSnapshot
    disagreements: tuple[Any, ...]
    may_open: bool


def patients(request: HttpRequest) -> HttpResponse:
    """Search by name, number or ward, within the own hospital."""
    user: Any = request.user
    require(user, "case.view")
    q = clean(request.GET.get("q", ""))[:100].strip()
    rows = (
        Case.objects.filter(hospital=user.hospital)
        .prefetch_related("allergies", "problems")
        .annotate(count=Count("disagreements", distinct=True))
        .order_by("number")
    )
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(number__icontains=q) | Q(ward__icontains=q) | Q(problems__name__icontains=q)).distinct()
    return page(request, PatientsPage(q, Paginator(rows, ROWS).get_page(request.GET.get("page"))))


def patient(request: HttpRequest, case_id: Any) -> HttpResponse:
    """The page of one patient; looking at it is written to the log."""
    user: Any = request.user
    case = get_object_or_404(Case, pk=case_id)
    admit(user, "case.view", case, f"case:{case.pk}")
    viewed(user, "case.viewed", f"case:{case.pk}")
    related = case.disagreements.select_related("first", "second") if can(user, "disagreement.view", case) else ()
    return page(request, PatientPage(case, snapshot(case), tuple(related), can(user, "disagreement.open", case)))
