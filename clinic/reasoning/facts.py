"""What is known of one case and what two doctors propose, without anybody's identity.

There is no field for the name, grade, department or seniority of anyone: what has no field cannot reach the model.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from clinic.reasoning.values import Value

LONGEST_TEXT = 20_000
"""Characters of one free text; longer input is refused, not cut."""


class Problem(Value):
    """FHIR Condition: something the patient has."""

    name: str = Field(min_length=1, max_length=200)
    code: str = ""
    """ICD-10, if known."""


class Medication(Value):
    """FHIR MedicationStatement: something the patient takes."""

    drug: str = Field(min_length=1, max_length=200)
    dose: str = Field("", max_length=200)


class Allergy(Value):
    """FHIR AllergyIntolerance. `tolerated`: related substances taken since without harm."""

    substance: str = Field(min_length=1, max_length=200)
    reaction: str = Field("", max_length=400)
    tolerated: tuple[str, ...] = ()


class Observation(Value):
    """FHIR Observation: one measured value in its unit."""

    name: str = Field(min_length=1, max_length=200)
    value: float | str
    unit: str = Field("", max_length=60)
    taken: str = ""
    """ISO date."""


class CaseSnapshot(Value):
    """The facts of one case, frozen for one consult."""

    age: float | None = Field(None, ge=0, le=130)
    """Years."""
    sex: Literal["female", "male", "other", ""] = ""
    pregnant: bool | None = None
    lactating: bool | None = None
    problems: tuple[Problem, ...] = ()
    medications: tuple[Medication, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    observations: tuple[Observation, ...] = ()
    text: str = Field("", max_length=LONGEST_TEXT)


class Action(StrEnum):
    """What a plan item does."""

    START = "start"
    STOP = "stop"
    CONTINUE = "continue"
    CHANGE = "change"
    PROCEDURE = "procedure"
    MONITOR = "monitor"
    REFER = "refer"
    OBSERVE = "observe"


GIVES_DRUG = frozenset({Action.START, Action.CONTINUE, Action.CHANGE})
"""Actions after which the patient takes the item's drug."""


class PlanItem(Value):
    """One step of a plan; coded where it can be, free text where it cannot."""

    action: Action
    drug: str = Field("", max_length=200)
    dose: float | None = Field(None, gt=0)
    unit: str = Field("", max_length=40)
    route: str = Field("", max_length=60)
    frequency: str = Field("", max_length=120)
    duration: str = Field("", max_length=120)
    text: str = Field("", max_length=2_000)

    def wording(self) -> str:
        """The item in one line, e.g. `start apixaban 5 mg oral twice daily, long term`."""
        amount = f"{self.dose:g} {self.unit}".strip() if self.dose is not None else ""
        head = " ".join(part for part in (self.drug, amount, self.route, self.frequency) if part)
        body = ", ".join(part for part in (head, self.duration, self.text) if part)
        return f"{self.action} {body}".strip()


class Plan(Value):
    """What one opinion proposes."""

    items: tuple[PlanItem, ...] = Field(min_length=1, max_length=30)
    rationale: str = Field("", max_length=LONGEST_TEXT)


class Side(StrEnum):
    """The two plans. Which doctor stands behind which letter is known outside the core only."""

    X = "x"
    Y = "y"

    @property
    def other(self) -> Side:
        return Side.Y if self is Side.X else Side.X


class Dispute(Value):
    """One question about one case, and two plans for it."""

    question: str = Field(min_length=3, max_length=1_000)
    case: CaseSnapshot
    x: Plan
    y: Plan

    def plan(self, side: Side) -> Plan:
        return self.x if side is Side.X else self.y

    def swapped(self) -> Dispute:
        """The same dispute with the plans in the other places."""
        return Dispute(question=self.question, case=self.case, x=self.y, y=self.x)
