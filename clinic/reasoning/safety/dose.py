"""The day's dose against the drug's limits: highest, highest by weight, lowest, and how often.

Severities. High: at least half above the maximum (of `every 4 to 6 hours`, even at 6), or daily where every labelled dose is weekly or rarer: harm follows within
days. Moderate: above the maximum. Low: far below the lowest labelled dose (a slip of unit is likelier than intent), or a dose
that could not be compared. Items of one drug are added up.
"""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.amounts import daily, ratio
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.frequency import is_single, per_day
from clinic.reasoning.safety.patient import Patient
from retrieval.types import Amount, DrugRecord, Severity

GRAVE = 1.5
"""Times the maximum from which it interrupts."""
FAR_BELOW = 0.1
"""Share of the lowest labelled daily dose below which a slip of unit is likely."""


def check(patient: Patient) -> Iterator[Caution]:
    for record in patient.distinct():
        yield from _often(patient, record)
        total, unknown = taken(patient, record)
        limit = highest(record, patient.weight())
        share = ratio(total, limit) if total and limit else None
        if limit and (unknown or (total and share is None)):
            yield _found(
                patient, record, "dose_unchecked", Severity.LOW, f"could not be compared with the maximum of {_words(limit)} a day"
            )
        if total and limit and share and share > 1.0001:
            least, _ = taken(patient, record, most=False)
            severity = Severity.HIGH if ((least and ratio(least, limit)) or 0) >= GRAVE else Severity.MODERATE
            yield _found(patient, record, "maximum_dose", severity, f"{_words(total)} a day is above the maximum of {_words(limit)} a day")
        elif total and not unknown:
            yield from _lowest(patient, record, total)


def taken(patient: Patient, record: DrugRecord, *, most: bool = True) -> tuple[Amount | None, bool]:
    """The day's dose over all items of the drug, in the unit of the first; and whether a dose is written that cannot be told."""
    total: Amount | None = None
    unknown = False
    for item, own in patient.records():
        if own != record or item.dose is None:
            continue
        amount = daily(item, patient.weight(), most=most)
        share = ratio(amount, Amount(value=1, unit=total.unit)) if amount and total else None
        if amount is None or (total and share is None):
            unknown = unknown or bool(item.frequency)
        else:
            total = Amount(value=total.value + (share or 0), unit=total.unit) if total else amount
    return total, unknown


def highest(record: DrugRecord, weight: float | None) -> Amount | None:
    """The lower of the maximum and the maximum by weight."""
    by_weight = record.max_daily_per_kg
    if by_weight is None or weight is None:
        return record.max_daily
    scaled = Amount(value=by_weight.value * weight, unit=by_weight.unit)
    if record.max_daily is None:
        return scaled
    share = ratio(scaled, record.max_daily)
    return scaled if share is not None and share < 1 else record.max_daily


def _lowest(patient: Patient, record: DrugRecord, total: Amount) -> Iterator[Caution]:
    limit = record.min_daily
    share = ratio(total, limit) if limit else None
    if limit and share is not None and share < 0.9999:
        yield _found(
            patient, record, "minimum_dose", Severity.LOW, f"{_words(total)} a day is below the least effective {_words(limit)} a day"
        )
        return
    usual = [Amount(value=d.amount * times, unit=d.unit) for d in record.doses if (times := per_day(d.frequency)) is not None]
    shares = [one for limit in usual if (one := ratio(total, limit)) is not None]
    if shares and len(shares) == len(record.doses) and max(shares) < FAR_BELOW:
        lowest = usual[shares.index(max(shares))]
        words = f"{_words(total)} a day is less than a tenth of any recorded dose ({_words(lowest)} a day): check the unit"
        yield _found(patient, record, "minimum_dose", Severity.LOW, words)


def _often(patient: Patient, record: DrugRecord) -> Iterator[Caution]:
    """Daily where every repeated dose on record is weekly or rarer: the classic fatal slip with methotrexate."""
    labelled = [per_day(dose.frequency) for dose in record.doses if not is_single(dose.frequency)]
    if not labelled or any(one is None or one > 1 / 7 for one in labelled):
        return
    for item, own in patient.records():
        times = per_day(item.frequency) if own == record and not is_single(item.frequency) else None
        if times and times > 2 * max(one for one in labelled if one):
            yield _found(
                patient, record, "frequency", Severity.HIGH, f"is given {item.frequency}, but every dose on record is weekly or rarer"
            )
            return


def _found(patient: Patient, record: DrugRecord, code: str, severity: Severity, words: str) -> Caution:
    text = f"{record.name} {words}." if code in ("maximum_dose", "minimum_dose", "frequency") else f"The dose of {record.name} {words}."
    return Caution(code=code, severity=severity, plan=patient.side, drugs=(record.name,), text=text, source=f"Formulary: {record.name}")


def _words(amount: Amount) -> str:
    return f"{amount.value:g} {amount.unit}"
