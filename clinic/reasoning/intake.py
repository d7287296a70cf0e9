"""Reads a disagreement from JSON-like data into a Dispute: the shapes of the `arbitration` suite, strings allowed for parts.

Text is cleaned of control, zero-width, tag and direction characters, so that what is seen is what is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from clinic.reasoning.facts import Action, CaseSnapshot, Dispute, Plan

LARGEST = 400_000
"""Characters of a whole disagreement; longer is refused."""

INVISIBLE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
NUMBER_UNIT = re.compile(r"^(?P<name>.*?)[\s:=]+(?P<value>-?\d+(?:\.\d+)?)\s*(?P<unit>[^\d].*)?$")
ITEM = re.compile(
    r"^(?:(?P<action>start|stop|continue|change|monitor|refer|observe|procedure)\s+)?(?P<drug>[^\d]+?)\s+(?P<dose>\d+(?:\.\d+)?)\s*"
    r"(?P<unit>mg|g|micrograms?|mcg|µg|ml|units?|IU|mmol)\b\s*(?:(?P<route>oral|orally|iv|intravenous|sc|subcutaneous|im|inhaled|topical|rectal)\b\s*)?"
    r"(?P<frequency>[^,]*)(?:,\s*(?P<duration>.*))?$",
    re.I,
)  # fmt: skip


class Unreadable(ValueError):
    """The data is not a disagreement. `problems` says where and what to do, a line each."""

    code = "unreadable_disagreement"

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def clean(text: str) -> str:
    """NFC text without characters that are invisible or reorder what is seen; tabs and line feeds stay."""
    return INVISIBLE.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))


def dispute(data: Any, is_drug: Any = lambda name: False) -> Dispute:
    """A Dispute from `{question, case, plan_x, plan_y}`; extra keys of the file are ignored, unknown keys of a case are not.

    `is_drug(name)` tells whether a plain string item names a drug. Raises Unreadable.
    """
    if not isinstance(data, Mapping):
        raise Unreadable(["A disagreement is one JSON or YAML object with question, case, plan_x and plan_y."])
    absent = [key for key in ("question", "case", "plan_x", "plan_y") if not data.get(key)]
    if absent:
        raise Unreadable([f"`{key}` is missing or empty: a disagreement needs question, case, plan_x and plan_y." for key in absent])
    data = _clean(data)
    if _length(data) > LARGEST:
        raise Unreadable([f"The disagreement is longer than {LARGEST:,} characters: shorten the free texts."])
    try:
        return Dispute(
            question=data["question"],
            case=CaseSnapshot.model_validate(_case(data["case"])),
            x=Plan.model_validate(_plan(data["plan_x"], "plan_x", is_drug)),
            y=Plan.model_validate(_plan(data["plan_y"], "plan_y", is_drug)),
        )
    except ValidationError as error:
        raise Unreadable(explain(error)) from error


def case(data: Any) -> CaseSnapshot:
    """A CaseSnapshot from the lenient shapes of a case; keys that are no facts of a case are ignored. Raises Unreadable."""
    known = {key: value for key, value in _clean(data).items() if key in CaseSnapshot.model_fields}
    try:
        return CaseSnapshot.model_validate(_case(known))
    except ValidationError as error:
        raise Unreadable(explain(error)) from error


def explain(error: ValidationError) -> list[str]:
    """A validation error as lines a person can act on."""
    return [f"`{'.'.join(str(part) for part in one['loc']) or 'data'}`: {one['msg']}" for one in error.errors()]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {str(k): _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    return value


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_length(v) for v in value.values())
    return sum(_length(v) for v in value) if isinstance(value, list) else 0


def _case(data: Any) -> Any:
    if not isinstance(data, Mapping):
        raise Unreadable(["`case` must be an object with age, sex, problems, medications, allergies and observations."])
    case = {k: v for k, v in data.items() if v is not None}
    for key, field in (("problems", "name"), ("medications", "drug"), ("allergies", "substance")):
        case[key] = [{field: one} if isinstance(one, str) else one for one in case.get(key, [])]
    case["observations"] = [_observation(one) for one in case.get("observations", [])]
    if isinstance(case.get("sex"), str):
        case["sex"] = {"f": "female", "m": "male", "woman": "female", "man": "male"}.get(case["sex"].lower(), case["sex"].lower())
    return case


def _observation(one: Any) -> Any:
    if isinstance(one, Mapping) and "taken" in one:
        return {**one, "taken": str(one["taken"])}
    if not isinstance(one, str):
        return one
    match = NUMBER_UNIT.match(one.strip())
    if match:
        return {"name": match["name"].strip(), "value": float(match["value"]), "unit": (match["unit"] or "").strip()}
    name, _, value = one.partition(":")
    return {"name": name.strip(), "value": value.strip() or "present"}


def _plan(data: Any, where: str, is_drug: Any) -> Any:
    if isinstance(data, list):
        data = {"items": data}
    if not isinstance(data, Mapping):
        raise Unreadable([f"`{where}` must be an object with items."])
    items = data.get("items") or ([data["text"]] if data.get("text") else [])
    if not items:
        raise Unreadable([f"`{where}.items` is empty: an opinion needs at least one item."])
    rationale = " ".join(str(data[k]) for k in ("rationale", "text") if data.get(k) and data.get("items"))
    return {"items": [_item(one, is_drug) for one in items], "rationale": rationale}


def _item(one: Any, is_drug: Any) -> Any:
    if not isinstance(one, str):
        return {k: v for k, v in one.items() if v is not None} if isinstance(one, Mapping) else one
    text = one.strip()
    match = ITEM.match(text)
    if match and is_drug(match["drug"].strip()):
        found = {k: v.strip() for k, v in match.groupdict().items() if v and v.strip()}
        return {**found, "action": found.get("action", Action.START).lower(), "dose": float(match["dose"])}
    first, _, rest = text.partition(" ")
    action = first.lower() if first.lower() in set(Action) and rest else ""
    body = rest.strip() if action else text
    if is_drug(body):
        return {"action": action or Action.START, "drug": body}
    return {"action": action or Action.PROCEDURE, "text": body}
