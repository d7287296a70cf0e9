"""Which part each treatment and condition plays between two plans: the letters of the symbols dialect.

x, y: only that plan gives it (a drug the other plan stops counts as given); b both; m a current medicine outside both; d other.
c: the patient has it; n: not recorded. Pure look-ups in the Formulary and the Glossary; no language is read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from clinic.reasoning.conditions import is_treatment, recorded
from clinic.reasoning.facts import GIVES_DRUG, Action, Dispute, Plan, PlanItem
from retrieval.types import DrugRecord, Formulary, Glossary

_BY_ATC = {
    "J01": ("antibiotic", "antibacterial"),
    "J05": ("antiviral", "antiviral drug"),
    "N06A": ("antidepressant",),
    "N03": ("antiepileptic drug", "antiseizure medicine", "antiepileptic"),
    "B01A": ("antithrombotic drug", "antithrombotic"),
    "C10": ("lipid-lowering drug",),
    "H02": ("corticosteroid", "glucocorticoid", "steroid"),
    "A10A": ("insulin",),
    "A10": ("glucose-lowering drug", "glucose-lowering medicine"),
    "V03AE": ("potassium binder",),
}
"""Words for groups that drug records do not list as classes, by the beginning of the ATC code."""
_WAITING = re.compile(
    r"watchful waiting|observation(?: alone)?|expectant management|no (?:drug|treatment|antibiotics?|insulin)|without (?:drug )?treatment|diet(?: and exercise)? alone|conservative (?:treatment|management)",
    re.IGNORECASE,
)


_KNOWN: dict[str, tuple[dict[str, frozenset[str]], re.Pattern[str]]] = {}
"""By the Formulary's digest: class name (folded, singular) -> INNs, and the pattern that finds class names."""


def _classes(formulary: Formulary) -> tuple[dict[str, frozenset[str]], re.Pattern[str]]:
    """Read once for each Formulary."""
    if formulary.digest not in _KNOWN:
        _KNOWN.clear()
        members = _members(formulary)
        body = "|".join(re.escape(n).replace(r"\ ", r"[ -]") for n in sorted(members, key=len, reverse=True)) or r"(?!)"
        pattern = re.compile(rf"(?<![A-Za-z-])({body})s?(?: drugs?| agents?| medicines?)?(?![A-Za-z-])", re.IGNORECASE)
        _KNOWN[formulary.digest] = (members, pattern)
    return _KNOWN[formulary.digest]


def _members(formulary: Formulary) -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for name in formulary.names():
        record = formulary.find(name)
        if record is None:
            continue
        generic = [word for code, words in _BY_ATC.items() if record.atc.startswith(code) for word in words]
        for c in (record.drug_class, *record.classes, *generic):
            out.setdefault(c.casefold(), set()).add(record.name)
    return {c: frozenset(names) for c, names in out.items()}


@dataclass(frozen=True)
class Side:
    """What one plan gives and stops."""

    gives: frozenset[str]
    low: frozenset[str]
    """Drugs given below the usual dose of every indication."""
    stops: frozenset[str]
    steps: frozenset[str]
    """Glossary terms of its procedures and other steps."""
    waits: bool
    words: frozenset[str]
    """Stems of the telling words of steps that the Glossary does not know."""


@dataclass(frozen=True)
class Cast:
    """Roles of everything that can be named in a sentence."""

    formulary: Formulary
    x: Side
    y: Side
    current: frozenset[str]
    has: frozenset[str]

    def drug(self, inn: str) -> str:
        in_x, in_y = self._gives(self.x, self.y, inn), self._gives(self.y, self.x, inn)
        if in_x or in_y:
            return "b" if in_x and in_y else "x" if in_x else "y"
        if inn in self.x.stops and inn in self.y.stops:
            return "d"
        return "m" if inn in self.current else "d"

    def reduced(self, inn: str) -> str:
        """The role of `the reduced dose of` a drug: a plan that gives the usual dose does not give that."""
        in_x, in_y = inn in self.x.low, inn in self.y.low
        return "b" if in_x and in_y else "x" if in_x else "y" if in_y else "d"

    def _gives(self, side: Side, other: Side, inn: str) -> bool:
        """A current drug that this plan leaves alone while the other names it goes on under this plan."""
        return inn in side.gives or (inn in self.current and inn not in side.stops and (inn in other.stops or inn in other.gives))

    def drug_class(self, name: str) -> str:
        known, folded = _classes(self.formulary)[0], name.casefold()
        members = known.get(folded.removesuffix("s")) or known.get(folded) or frozenset()
        roles = {self.drug(m) for m in members}
        if "x" in roles and "y" in roles:
            return "b"
        return next((r for r in "xybm" if r in roles), "d")

    def step(self, term: str) -> str:
        stems = {w[:STEM].casefold() for w in re.findall(r"[A-Za-z-]{7,}", term)}
        in_x, in_y = term in self.x.steps or bool(stems & self.x.words), term in self.y.steps or bool(stems & self.y.words)
        return "b" if in_x and in_y else "x" if in_x else "y" if in_y else "d"

    def waiting(self) -> str:
        return "b" if self.x.waits and self.y.waits else "x" if self.x.waits else "y" if self.y.waits else "d"

    def words_in(self, text: str) -> list[tuple[int, int, str, str]]:
        """(start, end, role, stem) of words that name an uncoded step of a plan."""
        stems = self.x.words | self.y.words
        found = [(m.start(), m.end(), m.group(0)[:STEM].casefold()) for m in re.finditer(r"[A-Za-z-]{7,}", text)]
        return [
            (s, e, "b" if w in self.x.words & self.y.words else "x" if w in self.x.words else "y", w) for s, e, w in found if w in stems
        ]

    def condition(self, term: str) -> str:
        folded = term.casefold()
        return "c" if folded in self.has else "n"

    def classes_in(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, class) of every class named."""
        return [(m.start(), m.end(), m.group(1)) for m in _classes(self.formulary)[1].finditer(text)]


def waiting_in(text: str) -> list[tuple[int, int]]:
    return [m.span() for m in _WAITING.finditer(text)]


def cast(dispute: Dispute, formulary: Formulary, glossary: Glossary) -> Cast:
    """The cast of a dispute."""
    current = frozenset(r.name for m in dispute.case.medications if (r := formulary.find(m.drug)))
    has = recorded(dispute.case, glossary, dispute.question)
    return Cast(
        formulary=formulary,
        x=_side(dispute.x, formulary, glossary, has),
        y=_side(dispute.y, formulary, glossary, has),
        current=current,
        has=has,
    )


def _side(plan: Plan, formulary: Formulary, glossary: Glossary, has: frozenset[str]) -> Side:
    gives = {r.name for i in plan.items if i.drug and i.action in GIVES_DRUG and (r := formulary.find(i.drug))}
    low = {r.name for i in plan.items if i.drug and i.action in GIVES_DRUG and (r := formulary.find(i.drug)) and _low(i, r, has)}
    stops = {r.name for i in plan.items if i.drug and i.action is Action.STOP and (r := formulary.find(i.drug))}
    steps = {
        t for i in plan.items if i.action in (Action.PROCEDURE, Action.START) for _, _, t in glossary.mentioned(i.text) if is_treatment(t)
    }
    unknown = [
        i.text for i in plan.items if i.action in _DONE and i.text and not any(is_treatment(t) for _, _, t in glossary.mentioned(i.text))
    ]
    ill = {w[:STEM] for name in has for w in re.findall(r"[a-z-]{7,}", name)}
    words = {
        w[:STEM].casefold() for text in unknown for w in re.findall(r"[A-Za-z-]{7,}", _plain(text, glossary)) if w.casefold() not in _COMMON
    } - ill
    waits = any(i.action is Action.OBSERVE or (i.text and _WAITING.search(i.text)) for i in plan.items) or not gives | steps | words
    return Side(frozenset(gives), frozenset(low), frozenset(stops), frozenset(steps), waits, frozenset(words))


def _low(item: PlanItem, record: DrugRecord, has: frozenset[str]) -> bool:
    """Whether the dose is below the usual ones for what the patient has (for anything, where none of it is an indication)."""
    known = [d for d in record.doses if d.unit == item.unit]
    usual = [d.amount for d in known if d.indication.casefold() in has] or [d.amount for d in known]
    return item.dose is not None and bool(usual) and item.dose < min(usual)


STEM = 8
_DONE = (Action.PROCEDURE, Action.START, Action.CHANGE)
_COMMON = frozenset(
    "treatment therapy without patient patients everyday morning evening tomorrow tonight admission hospital continue standard routine control another through between currently present regular surgery medicine dosage percutaneous laparoscopic elective urgent emergency immediate immediately weekly monthly".split()
)
"""Long words that do not tell one step from another."""


def _plain(text: str, glossary: Glossary) -> str:
    """The text without the conditions it names."""
    for start, end, _ in reversed(glossary.mentioned(text)):
        text = text[:start] + " " * (end - start) + text[end:]
    return text
