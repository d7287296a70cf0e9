"""Concordance: which items of two plans agree, and which questions are at issue between them.

Items are compared by drug, dose, route, timing and duration, as double reading compares findings; no model is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from clinic.reasoning.facts import Action, Plan, PlanItem
from clinic.reasoning.values import Value

ATTRIBUTES = (("action", "action"), ("dose", "dose"), ("route", "route"), ("frequency", "timing"), ("duration", "duration"))


class QuestionAtIssue(Value):
    """One specific point on which the plans differ. `topic`: drug, dose, route, timing, duration, action, procedure, monitor, ..."""

    id: str
    topic: str
    text: str
    x: str
    """What Plan X does on this point; empty if nothing."""
    y: str


class Concordance(Value):
    """What is agreed (item wordings) and what is at issue."""

    agreed: tuple[str, ...]
    at_issue: tuple[QuestionAtIssue, ...]

    @property
    def concordant(self) -> bool:
        return not self.at_issue


def compare(x: Plan, y: Plan, inn: Callable[[str], str]) -> Concordance:
    """Compares two plans. `inn` gives a drug's one name, so that a brand equals its substance."""
    left = {_key(item, inn): item for item in x.items}
    right = {_key(item, inn): item for item in y.items}
    agreed: list[str] = []
    points: list[tuple[str, str, str, str]] = []
    for key in [k for k in left if k in right]:
        differing = [topic for field, topic in ATTRIBUTES if _attribute(left[key], field) != _attribute(right[key], field)]
        if differing:
            what = left[key].drug or left[key].text
            points.append((differing[0], f"{_list(differing).capitalize()} of {what}", left[key].wording(), right[key].wording()))
        else:
            agreed.append(left[key].wording())
    points += _pair([i for k, i in left.items() if k not in right], [i for k, i in right.items() if k not in left])
    at_issue = tuple(QuestionAtIssue(id=f"Q{n}", topic=topic, text=text, x=a, y=b) for n, (topic, text, a, b) in enumerate(points, 1))
    return Concordance(agreed=tuple(agreed), at_issue=at_issue)


def _key(item: PlanItem, inn: Callable[[str], str]) -> str:
    if item.drug:
        return "drug:" + inn(item.drug)
    return f"{item.action}:{_fold(item.text)}"


def _attribute(item: PlanItem, field: str) -> object:
    value = getattr(item, field)
    if field == "action":
        # Starting what the other continues is no disagreement about what the patient takes.
        return "give" if value in (Action.START, Action.CONTINUE) else value
    if field == "dose":
        return None if value is None else (value, _fold(item.unit))
    return _fold(str(value))


def _pair(xs: list[PlanItem], ys: list[PlanItem]) -> list[tuple[str, str, str, str]]:
    """Sets unmatched items of one sort against each other, in the order written; the rest stand alone."""
    points: list[tuple[str, str, str, str]] = []
    for sort in dict.fromkeys(_sort(item) for item in (*xs, *ys)):
        left = [i for i in xs if _sort(i) == sort]
        right = [i for i in ys if _sort(i) == sort]
        for n in range(max(len(left), len(right))):
            a = left[n] if n < len(left) else None
            b = right[n] if n < len(right) else None
            points.append((sort, _text(sort, a, b), a.wording() if a else "", b.wording() if b else ""))
    return points


def _sort(item: PlanItem) -> str:
    if item.drug:
        return "stop" if item.action is Action.STOP else "drug"
    return str(item.action)


def _text(sort: str, a: PlanItem | None, b: PlanItem | None) -> str:
    names = [i.drug or i.text or str(i.action) for i in (a, b) if i]
    if len(names) == 2:
        return f"{names[0]} or {names[1]}?"
    return f"Whether to {'stop' if sort == 'stop' else 'include'} {names[0]}"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
