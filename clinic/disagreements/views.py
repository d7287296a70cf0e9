"""The worklist and the page of one disagreement, with what can be done on it. Views read and render; actions.py acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clinic import wiring
from clinic.audit.log import in_turn, record
from clinic.cases.models import Case
from clinic.disagreements import actions
from clinic.disagreements.actions import Refused
from clinic.disagreements.fields import oddities
from clinic.disagreements.forms import DecisionForm, OpenForm, OpinionForms
from clinic.disagreements.models import Disagreement, State
from clinic.disagreements.pages import UNDECIDED, DisagreementPage, OpenPage, WorklistPage, disagreement_page
from clinic.disagreements.worklist import SHOW, listed, tasks
from clinic.people.access import require
from clinic.people.door import admit, viewed
from clinic.people.models import Role
from clinic.people.pages import page
from clinic.reasoning.facts import Plan
from clinic.reasoning.intake import clean


@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """What waits for me, then everything of the hospital. People without disagreements land where they work."""
    user: Any = request.user
    if user.role not in (Role.CLINICIAN, Role.PHARMACIST):
        return redirect(LANDING.get(user.role, "people:account"))
    require(user, "disagreement.view")
    show = request.GET.get("show", "open")
    show = show if show in SHOW else "open"
    state = request.GET.get("state", "")
    state = state if state in State.values else ""
    q = clean(request.GET.get("q", ""))[:100].strip()
    mine = tasks(user)
    rows = listed(user, "all" if state and show == "open" else show, state, q, request.GET.get("page"))
    return page(request, WorklistPage(tuple(r for r in mine if not r.waits), tuple(r for r in mine if r.waits), rows, show, state, q))


LANDING = {Role.NURSE: "cases:list", Role.AUDITOR: "audit:log", Role.ADMINISTRATOR: "audit:log", Role.EDITOR: "knowledge:desk"}
"""Where the others begin."""


@require_GET
def disagreement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page that follows the state; looking at it is written to the log."""
    row = _admitted(request, pk)
    viewed(request.user, "disagreement.viewed", actions.subject(row))
    return page(request, _page(request, row, edit="edit" in request.GET, printing="print" in request.GET))


@require_POST
def start(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Opens a disagreement on a patient."""
    user: Any = request.user
    case = get_object_or_404(Case, pk=case_id)
    admit(user, "disagreement.open", case, f"case:{case.pk}")
    form = OpenForm(request.POST, by=user)
    if form.is_valid():
        given = form.cleaned_data
        try:
            row = actions.open_disagreement(case, given["question"], user, given["second"], by=user, time_critical=given["time_critical"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            _tell(request, oddities({"Question": request.POST.get("question", "")}))
            return redirect("disagreements:page", row.pk)
    return page(request, OpenPage(case, form), status=422)


@require_POST
def opinion(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Adds a row, keeps a draft, or seals. Whatever is wrong, what was typed stays."""
    row = _admitted(request, pk, "opinion.write")
    act = request.POST.get("act", "draft")
    if act == "add" or act.startswith("remove-"):
        return page(request, _page(request, row, opinion=OpinionForms.reshaped(request.POST, act)))
    forms = OpinionForms(request.POST)
    plan = forms.plan()
    if plan is None:
        return page(request, _page(request, row, opinion=forms), status=422)
    try:
        (actions.seal if act == "seal" else actions.save_draft)(row, plan, forms.confidence, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("disagreements:page", row.pk)
    _tell(request, OpinionForms.notes(request.POST))
    _tell(request, _not_covered(plan))
    messages.success(request, _saved(row, act))
    return redirect("disagreements:page", row.pk)


def _not_covered(plan: Plan) -> list[str]:
    """A sentence for each drug that no safety check covers."""
    book = wiring.formulary()
    unrecorded = list(dict.fromkeys(item.drug for item in plan.items if item.drug and book.find(item.drug) is None))
    by_class = [name for name in unrecorded if book.interactions_known(name)]
    unknown = [name for name in unrecorded if name not in by_class]
    near = {name: ", ".join(book.suggest(name, 3)) for name in unknown}
    kept = "is not in the Formulary. It is kept as you wrote it; the safety checks did not cover it."
    only = (
        "has no record: interactions are checked through its class; dose, kidney, liver, pregnancy, allergy and contraindications are not."
    )
    return [
        *(f"“{name}” {only}" for name in by_class),
        *(f"“{name}” {kept}{f' Did you mean {near[name]}?' if near[name] else ''}" for name in unknown),
    ]


def _saved(row: Disagreement, act: str) -> str:
    if act != "seal":
        return "The draft is saved. Only you can see it."
    if row.state == State.CONCORDANT:
        return "Both opinions are sealed and agree: nothing is left to decide."
    return "Both opinions are sealed and now open." if row.revealed else "Your opinion is sealed."


@require_POST
def consult(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Confirms the questions at issue and asks for the consult."""
    return _act(request, pk, "consult.request", lambda row: actions.request_consult(row, by=request.user), "The consult is asked for.")


@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Records the decision, or says what is missing with everything kept."""
    row = _admitted(request, pk, "decision.make")
    form = DecisionForm(request.POST, opened=row.revealed)
    if form.is_valid():
        try:
            actions.decide(row, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            if row.state not in UNDECIDED:
                messages.error(request, str(refusal))
                return redirect("disagreements:page", row.pk)
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "The decision is recorded. The other doctor is asked to acknowledge it. It is not an order: prescribe as usual."
            )
            return redirect("disagreements:page", row.pk)
    return page(request, _page(request, row, decision=form), status=422)


@require_POST
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The other doctor has read the decision."""

    def act(row: Disagreement) -> None:
        if not hasattr(row, "decision"):
            raise Refused("There is no decision to acknowledge yet.")
        actions.acknowledge(row.decision, by=request.user)

    return _act(request, pk, "decision.make", act, "You have acknowledged the decision.")


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ends a disagreement that was opened in error or has resolved itself."""
    return _act(
        request,
        pk,
        "decision.make",
        lambda row: actions.withdraw(row, by=request.user),
        "The disagreement is withdrawn. It stays in the history.",
    )


@require_POST
def printed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Writes the printing to the log and opens the page for the printer."""
    row = _admitted(request, pk)
    with in_turn():
        record("page.printed", actions.subject(row), by=request.user)
    return redirect(reverse("disagreements:page", args=[row.pk]) + "?print")


@require_GET
def drugs(request: HttpRequest) -> JsonResponse:
    """What the Formulary knows of a name, and names near it."""
    require(request.user, "knowledge.view")
    name = clean(request.GET.get("q", ""))[:200].strip()
    book = wiring.formulary()
    found = book.find(name) if name else None
    doses = list(dict.fromkeys(f"{d.amount:g} {d.unit} {d.route} {d.frequency}" for d in found.doses))[:3] if found else []
    known = {"name": found.name, "class": found.drug_class, "atc": found.atc, "doses": doses} if found else None
    if by_class := book.known(name):
        known = {"name": by_class.name, "class": f"{by_class.drug_class} (no record: interactions only)", "atc": "", "doses": []}
    return JsonResponse({"known": known, "near": [] if known or not name else book.suggest(name, 4)})


def _admitted(request: HttpRequest, pk: UUID, act: str = "disagreement.view") -> Disagreement:
    """The disagreement if it is of the user's hospital and the act is open to the user."""
    rows = Disagreement.objects.select_related("case", "first", "second", "opened_by")
    row = get_object_or_404(rows, pk=pk)
    admit(request.user, "disagreement.view", row, actions.subject(row))
    if act != "disagreement.view":
        require(request.user, act, row)
    return row


def _act(request: HttpRequest, pk: UUID, right: str, act: Callable[[Disagreement], Any], done: str) -> HttpResponse:
    row = _admitted(request, pk, right)
    try:
        act(row)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("disagreements:page", row.pk)


def _page(request: HttpRequest, row: Disagreement, **parts: Any) -> DisagreementPage:
    user: Any = request.user
    return disagreement_page(row, user, **parts)


def _tell(request: HttpRequest, notes: list[str]) -> None:
    for note in notes:
        messages.warning(request, note)
