"""The demonstration hospital: people, patients and disagreements from fixtures/, loaded once and never over a user's work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from clinic.audit.log import in_turn
from clinic.cases.models import Allergy, Case, Medication, Observation, Problem
from clinic.disagreements import actions
from clinic.disagreements.models import Disagreement
from clinic.people.demonstration import PASSWORD
from clinic.people.models import User
from clinic.reasoning import intake
from clinic.reasoning.facts import Plan


@dataclass(frozen=True, slots=True)
class Loaded:
    people: int
    cases: int
    disagreements: int


def load(fixtures: Path) -> Loaded:
    """Loads what is not there yet. Disagreements arrive with Dr one's opinion written and sealed where the fixture says so."""
    with in_turn():
        people = _people(read(fixtures / "people.yaml"))
    cases = sum(_case(read(path)) for path in sorted((fixtures / "cases").glob("*.yaml")))
    count = 0
    for path in sorted((fixtures / "disagreements").glob("*.yaml")):
        count += _disagreement(read(path))
    return Loaded(people, cases, count)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _people(rows: list[dict[str, str]]) -> int:
    made = 0
    for row in rows:
        user, new = User.objects.get_or_create(
            username=row["username"],
            defaults={key: row.get(key, "") for key in ("name", "role", "department", "grade", "hospital")},
        )
        if new:
            user.last_name = row["name"].split()[-1]
            user.set_password(PASSWORD)
            user.save()
            made += 1
    return made


def _case(data: dict[str, Any], hospital: str = "demo", number: str = "") -> int:
    number = number or data["number"]
    if Case.objects.filter(hospital=hospital, number=number).exists():
        return 0
    with in_turn():
        case = Case.objects.create(
            hospital=hospital,
            number=number,
            name=data["name"],
            born=date.fromisoformat(str(data["born"])) if data.get("born") else None,
            sex=data.get("sex", ""),
            pregnant=data.get("pregnant"),
            lactating=data.get("lactating"),
            ward=data.get("ward", ""),
            text=data.get("text", ""),
        )
        fill(case, data)
    return 1


def fill(case: Case, data: dict[str, Any]) -> None:
    """The lists of a case, in the lenient shapes of the arbitration suite."""
    facts = intake.case(data)
    Problem.objects.bulk_create(Problem(case=case, name=p.name, code=p.code) for p in facts.problems)
    Medication.objects.bulk_create(Medication(case=case, drug=m.drug, dose=m.dose) for m in facts.medications)
    Allergy.objects.bulk_create(
        Allergy(case=case, substance=a.substance, reaction=a.reaction, tolerated=list(a.tolerated)) for a in facts.allergies
    )
    Observation.objects.bulk_create(
        Observation(case=case, name=o.name, value=o.value, unit=o.unit, taken=o.taken) for o in facts.observations
    )


def _disagreement(data: dict[str, Any]) -> int:
    """Each demonstration disagreement is a visit of its own, because its facts extend the patient's."""
    if Disagreement.objects.filter(example=data["id"]).exists():
        return 0
    dispute = intake.dispute(data)
    first, second = (User.objects.get(username=data[plan]["doctor"]) for plan in ("plan_x", "plan_y"))
    with in_turn():
        case = _visit(data)
        row = actions.open_disagreement(
            case, dispute.question, first, second, by=first, time_critical=bool(data.get("time_critical")), example=data["id"]
        )
        for user, plan, key in ((first, dispute.x, "plan_x"), (second, dispute.y, "plan_y")):
            _opinion(row, plan, data[key], user)
    return 1


def _opinion(row: Disagreement, plan: Plan, data: dict[str, Any], user: User) -> None:
    """Both opinions of a demonstration are sealed; one in six waits as a draft of the second doctor, so that sealing can be seen."""
    waits = sum(row.example.encode()) % 6 == 0 and user.pk == row.second_id
    act = actions.save_draft if waits else actions.seal
    act(row, plan, int(data.get("confidence", 70)), by=user)


def _visit(data: dict[str, Any]) -> Case:
    """The patient's case, extended by the facts of this disagreement."""
    base = Case.objects.get(hospital="demo", number=_number(data["patient"]))
    if not data["case"].get("problems"):
        return base
    number = f"{base.number}-{sum(data['id'].encode()) % 1000:03d}"
    suffix = 0
    while Case.objects.filter(hospital="demo", number=number).exists():
        suffix += 1
        number = f"{base.number}-{(sum(data['id'].encode()) + suffix) % 1000:03d}"
    age = data["case"].get("age")
    born = base.born
    if age is not None:
        today = date.today()
        born = date.fromordinal(today.toordinal() - round(float(age) * 365.25) - 40)
    case = Case.objects.create(
        hospital="demo",
        number=number,
        name=base.name,
        born=born,
        sex=data["case"].get("sex", base.sex),
        pregnant=data["case"].get("pregnant"),
        lactating=data["case"].get("lactating"),
        ward=base.ward,
        text=data["case"].get("text", ""),
    )
    fill(case, data["case"])
    return case


def _number(patient: str) -> str:
    return f"DEMO-{int(patient.lstrip('p')):04d}"
