"""Interactions by mechanism: groups of drugs that share an effect, and rules for two effects that meet.

One rule stands for many pairs, so that a drug with a right class is covered from its first day. What is known of one pair
in particular stands in the drug's record, and is reported beside the rule. The file: `fixtures/interactions/mechanisms.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from retrieval import plain_yaml
from retrieval.cleaning import clean
from retrieval.drug_classes import class_key
from retrieval.errors import SourceInvalid
from retrieval.types import Interaction, Severity, Value


class Group(Value):
    """Drugs with one effect in common; `members` are drugs, drug classes or other groups."""

    name: str
    members: tuple[str, ...]
    source: str


class Rule(Value):
    """What happens when a drug of one group meets a drug of the other; each may also be a class or one drug."""

    between: tuple[str, str]
    severity: Severity
    mechanism: str
    text: str
    source: str

    def interaction(self) -> Interaction:
        """The rule as a finding; it reads the same from either drug."""
        return Interaction(
            other=" with ".join(self.between), severity=self.severity, mechanism=self.mechanism, text=self.text, source=self.source
        )


class Mechanisms(Value):
    """All groups and rules; empty by default."""

    groups: tuple[Group, ...] = ()
    rules: tuple[Rule, ...] = ()

    def keys(self, own: Iterable[str]) -> frozenset[str]:
        """The keys of a drug's name and classes, and of every group they belong to."""
        found = set(own)
        waiting = list(found)
        while waiting:
            for group in self._wider.get(waiting.pop(), ()):
                if group not in found:
                    found.add(group)
                    waiting.append(group)
        return frozenset(found)

    def lookup(self) -> dict[str, dict[str, list[Interaction]]]:
        """key -> key -> findings, in both orders."""
        table: dict[str, dict[str, list[Interaction]]] = {}
        for rule in self.rules:
            one, other = (class_key(name) for name in rule.between)
            for a, b in {(one, other), (other, one)}:
                table.setdefault(a, {}).setdefault(b, []).append(rule.interaction())
        return table

    def named(self) -> Iterator[str]:
        """Every member and rule side, for a test that each is known."""
        for group in self.groups:
            yield from group.members
        for rule in self.rules:
            yield from rule.between

    @cached_property
    def _wider(self) -> dict[str, list[str]]:
        wider: dict[str, list[str]] = {}
        for group in self.groups:
            for member in group.members:
                wider.setdefault(class_key(member), []).append(class_key(group.name))
        return wider


def load_mechanisms(path: Path) -> Mechanisms:
    """The mechanisms of a file; an error names the field."""
    fields = plain_yaml.load(clean(path.read_text(encoding="utf-8-sig")), path.name)
    try:
        found = Mechanisms.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SourceInvalid(path.name, str(first["msg"]), field=field, remedy="See retrieval/mechanisms.py.") from error
    names = [class_key(group.name) for group in found.groups]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise SourceInvalid(path.name, f"the group {twice} stands twice", field="groups", remedy="Keep one group of each name.")
    return found
