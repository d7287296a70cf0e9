"""What is done to a disagreement. One function per mutation: checks access, writes, records, and asks for the consult."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from clinic import wiring
from clinic.audit.log import commitment, in_turn, record
from clinic.cases.models import Case
from clinic.cases.snapshot import snapshot
from clinic.consults import actions as consults
from clinic.consults.models import Consult
from clinic.disagreements.models import Arbitration, Decision, Disagreement, Opinion, State
from clinic.people.access import require
from clinic.people.models import User
from clinic.reasoning.arbitration.run import Brief
from clinic.reasoning.facts import CaseSnapshot, Dispute, Plan
from clinic.reasoning.questions import Concordance, compare


class Refused(ValueError):
    """The act does not fit the state of the disagreement; the sentence says what to do."""

    code = "refused"


def open_disagreement(
    case: Case, question: str, first: User, second: User, *, by: Any, time_critical: bool = False, example: str = ""
) -> Disagreement:
    """Opens a disagreement between two clinicians of the case's hospital."""
    require(by, "disagreement.open", case)
    if first.pk == second.pk:
        raise Refused("A disagreement is between two different doctors: choose another second doctor.")
    for doctor in (first, second):
        if doctor.role != "clinician" or doctor.hospital != case.hospital:
            raise Refused(f"{doctor} is not a clinician of this hospital and cannot give an opinion here.")
    with in_turn():
        disagreement = Disagreement.objects.create(
            case=case,
            hospital=case.hospital,
            question=question,
            first=first,
            second=second,
            opened_by=by,
            time_critical=time_critical,
            example=example,
        )
        record("disagreement.opened", subject(disagreement), by=by, case=str(case.pk), doctors=[first.username, second.username])
        if time_critical:
            _move(disagreement, State.TIME_CRITICAL)
            record("disagreement.time_critical", subject(disagreement), by=by)
    return disagreement


def save_draft(disagreement: Disagreement, plan: Plan, confidence: int, *, by: Any) -> Opinion:
    """Keeps a doctor's unsealed opinion. Nobody else can read it."""
    _may_write(disagreement, by)
    with in_turn():
        _may_write(Disagreement.objects.get(pk=disagreement.pk), by)
        opinion = current(disagreement, by)
        if opinion is None or opinion.sealed_at:
            opinion = Opinion(disagreement=disagreement, doctor=by, revision=(opinion.revision + 1 if opinion else 1))
        opinion.plan, opinion.confidence = plan.model_dump(mode="json"), confidence
        opinion.save()
    return opinion


def seal(disagreement: Disagreement, plan: Plan, confidence: int, *, by: Any) -> Opinion:
    """Seals a doctor's opinion; its salted commitment goes to the log. When both are sealed they are revealed."""
    _may_write(disagreement, by)
    with in_turn():
        row = Disagreement.objects.select_for_update().get(pk=disagreement.pk)
        _may_write(row, by)
        opinion = save_draft(row, plan, confidence, by=by)
        opinion.sealed_at = timezone.now()
        opinion.commitment = commitment({"plan": opinion.plan, "confidence": opinion.confidence}, opinion.salt)
        opinion.save()
        record("opinion.sealed", subject(row), by=by, commitment=opinion.commitment, revision=opinion.revision)
        if all(sealed(row, doctor) for doctor in (row.first, row.second)):
            _reveal(row, by=by)
        elif row.state == State.DRAFT:
            _move(row, State.ONE_SEALED)
    disagreement.refresh_from_db()
    return opinion


def _reveal(row: Disagreement, *, by: Any) -> None:
    """Opens both opinions, freezes the case and compares the plans; equal plans end here, without a model."""
    row.snapshot = snapshot(row.case).model_dump(mode="json")
    found = concordance(row)
    row.concordance = found.model_dump(mode="json")
    row.save(update_fields=["snapshot", "concordance"])
    record("opinion.revealed", subject(row), by=by, at_issue=len(found.at_issue), agreed=len(found.agreed))
    if row.time_critical:
        _move(row, State.TIME_CRITICAL)
    elif found.concordant:
        _move(row, State.CONCORDANT)
        record("disagreement.concordant", subject(row), by=by)
    else:
        _move(row, State.REVEALED)


def request_consult(disagreement: Disagreement, *, by: Any) -> Consult:
    """Confirms the questions at issue and asks for the arbitration. One at a time."""
    require(by, "consult.request", disagreement)
    with in_turn():
        row = Disagreement.objects.select_for_update().get(pk=disagreement.pk)
        if row.time_critical:
            raise Refused("This case is time-critical: call the senior on duty. It is never queued.")
        if row.state not in (State.REVEALED, State.ADVISED, State.ABSTAINED, State.NEEDS_HUMAN):
            raise Refused(f"A consult can be asked for once both opinions are revealed; this disagreement is: {row.get_state_display()}.")
        x, y = plans(row)
        brief = Brief(dispute=dispute(row), seed=_seed(row), names=names(row))
        record("questions.confirmed", subject(row), by=by)
        consult = consults.request("arbitration", brief, by=by, hospital=row.hospital)
        Arbitration.objects.create(disagreement=row, consult=consult, x=x, y=y)
        _move(row, State.CONSULTING)
    disagreement.refresh_from_db()
    return consult


def decide(disagreement: Disagreement, choice: str, *, by: Any, text: str = "", override: str = "", reason: str = "") -> Decision:
    """Records the doctors' act. Against the Advice it needs a coded reason. It is not an order and not a prescription."""
    require(by, "decision.make", disagreement)
    with in_turn():
        row = Disagreement.objects.select_for_update().get(pk=disagreement.pk)
        if Decision.objects.filter(disagreement=row).exists():
            raise Refused("A decision has been made already; it is on this page.")
        if row.state not in (State.REVEALED, State.ADVISED, State.ABSTAINED, State.NEEDS_HUMAN, State.TIME_CRITICAL):
            raise Refused(f"There is nothing to decide yet: {row.get_state_display()}.")
        if against_advice(row, choice) and not override:
            raise Refused("This decision goes against the advice: choose the reason.")
        if override == "other" and not reason.strip():
            raise Refused("Say in a sentence why the advice is not followed.")
        if choice in ("hybrid", "other", "refer") and not text.strip():
            raise Refused("Say in a sentence what will be done.")
        decision = Decision.objects.create(disagreement=row, choice=choice, text=text, override=override, reason=reason, made_by=by)
        consult = latest_consult(row)
        record(
            "decision.made", subject(row), by=by, choice=choice, override=override, consult=str(consult.pk) if consult else "",
            text=commitment({"text": text, "reason": reason}, str(row.pk)),
        )  # fmt: skip
        _move(row, State.DECIDED)
    disagreement.refresh_from_db()
    return decision


def acknowledge(decision: Decision, *, by: Any) -> None:
    """The other doctor has seen the decision."""
    row = decision.disagreement
    require(by, "decision.make", row)
    if by.pk == decision.made_by_id:
        raise Refused("The other doctor acknowledges the decision.")
    with in_turn():
        if Decision.objects.filter(pk=decision.pk, acknowledged_at=None).update(acknowledged_by=by, acknowledged_at=timezone.now()):
            record("decision.acknowledged", subject(row), by=by)
    decision.refresh_from_db()


def withdraw(disagreement: Disagreement, *, by: Any) -> None:
    """Ends a disagreement that was opened in error or has resolved itself. It stays in the history."""
    require(by, "decision.make", disagreement)
    with in_turn():
        row = Disagreement.objects.select_for_update().get(pk=disagreement.pk)
        if row.state in (State.DECIDED, State.WITHDRAWN, State.CONCORDANT):
            raise Refused(f"This disagreement has ended: {row.get_state_display()}.")
        consult = latest_consult(row)
        if consult and not consult.ended:
            consults.cancel(consult, by=by)
            row.refresh_from_db()
        _move(row, State.WITHDRAWN)
        record("disagreement.withdrawn", subject(row), by=by)
    disagreement.refresh_from_db()


def follow(consult: Consult) -> None:
    """Moves the disagreement with its consult, in the transaction in which the consult ends."""
    link = Arbitration.objects.filter(consult=consult).select_related("disagreement").first()
    if link and link.disagreement.state == State.CONSULTING:
        after = {"advised": State.ADVISED, "abstained": State.ABSTAINED, "needs_human": State.NEEDS_HUMAN, "cancelled": State.REVEALED}
        _move(link.disagreement, after[consult.state])


# What is read ------------------------------------------------------------------------------------------------------------------


def subject(disagreement: Disagreement) -> str:
    return f"disagreement:{disagreement.pk}"


def current(disagreement: Disagreement, doctor: Any) -> Opinion | None:
    """The doctor's newest revision, draft or sealed."""
    return disagreement.opinions.filter(doctor=doctor).order_by("-revision").first()


def sealed(disagreement: Disagreement, doctor: Any) -> Opinion | None:
    """The doctor's newest sealed revision."""
    return disagreement.opinions.filter(doctor=doctor, sealed_at__isnull=False).order_by("-revision").first()


def plans(row: Disagreement) -> tuple[Opinion, Opinion]:
    """(Plan X, Plan Y) as the coin has it."""
    first, second = sealed(row, row.first), sealed(row, row.second)
    if first is None or second is None:
        raise Refused("Both opinions must be sealed first.")
    return (first, second) if row.first_is_x else (second, first)


def dispute(row: Disagreement) -> Dispute:
    """The frozen dispute that goes to the consult."""
    x, y = plans(row)
    return Dispute(
        question=row.question,
        case=CaseSnapshot.model_validate(row.snapshot),
        x=Plan.model_validate(x.plan),
        y=Plan.model_validate(y.plan),
    )


def concordance(row: Disagreement) -> Concordance:
    x, y = plans(row)
    book = wiring.formulary()

    def inn(drug: str) -> str:
        found = book.find(drug)
        return found.name if found else drug.casefold().strip()

    return compare(Plan.model_validate(x.plan), Plan.model_validate(y.plan), inn)


def names(row: Disagreement) -> tuple[str, ...]:
    """Names that must not reach the model: both doctors and the patient."""
    found = [row.case.name, *(str(d) for d in (row.first, row.second)), *(d.last_name for d in (row.first, row.second))]
    return tuple(dict.fromkeys(n.replace("Dr ", "").strip() for n in found if n.strip()))


def latest_consult(row: Disagreement) -> Consult | None:
    link = row.arbitrations.select_related("consult").order_by("-consult__requested_at").first()
    return link.consult if link else None


def against_advice(row: Disagreement, choice: str) -> bool:
    """Whether the choice departs from a side that the Advice supports."""
    consult = latest_consult(row)
    if consult is None or consult.state != "advised":
        return False
    outcome = consult.outcome.conclusion["outcome"]
    wanted = {
        "supports_x": {"x"},
        "supports_y": {"y"},
        "both_acceptable": {"x", "y", "hybrid"},
        "neither": {"other", "refer"},
        "hybrid": {"hybrid"},
    }
    return choice not in wanted.get(outcome, {choice}) and choice != "refer"


def _may_write(disagreement: Disagreement, by: Any) -> None:
    require(by, "opinion.write", disagreement)
    if disagreement.revealed:
        raise Refused("The opinions have been revealed: an objection adds facts and opens a new consult.")
    if disagreement.state in (State.WITHDRAWN, State.DECIDED):
        raise Refused(f"This disagreement has ended: {disagreement.get_state_display()}.")
    if sealed(disagreement, by) and disagreement.state in (State.BOTH_SEALED,):
        raise Refused("Both opinions are sealed.")


def _seed(row: Disagreement) -> int:
    """A seed that belongs to this disagreement and this attempt, so that a replay can use it again."""
    return (row.pk.int + row.arbitrations.count()) % 2_000_000_000 + 1


def _move(row: Disagreement, state: State) -> None:
    row.state = state
    row.save(update_fields=["state"])
