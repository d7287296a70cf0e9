"""From words to symbols: the dispute and its evidence as the bundled model reads them, and the way back.

The code knows drugs, classes, conditions and numbers (Formulary, Glossary, thresholds); the model reads what the sentences
say about them. A sentence is kept verbatim but for its symbols; at `;` it becomes two, both with the same id in the evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from clinic.reasoning.arbitration import bearing, thresholds
from clinic.reasoning.arbitration.cast import Cast, cast, waiting_in
from clinic.reasoning.conditions import is_treatment
from clinic.reasoning.evidence import Evidence, Exhibit
from clinic.reasoning.facts import Action, Dispute, PlanItem
from retrieval.types import Formulary, Glossary, UnitKind

LONGEST = 60
"""Words of a sentence that are shown."""
ENDLESS = 99
"""Symbols of one role that the dialect can write; a reader by rules needs no token for each."""


@dataclass(frozen=True)
class Symbolic:
    """`prompt`: a models.dialect.SymbolicPrompt; `names`: symbol -> words; `ids`: sentence id in the prompt -> id in the evidence;
    `missing`: the u symbols; `spoken`: sentence id in the prompt -> symbol -> the words it stands for there."""

    prompt: Any
    names: dict[str, str]
    ids: dict[str, str]
    missing: tuple[str, ...]
    spoken: dict[str, dict[str, str]]


@dataclass
class _Symbols:
    """Hands out symbols; the same thing keeps its symbol, and a role that is used up leaves the words. `endless`: no role is."""

    dialect: ModuleType
    endless: bool = False
    by_thing: dict[tuple[str, str], str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def of(self, role: str, thing: str, words: str) -> str | None:
        key = (role, thing)
        if key not in self.by_thing:
            used = sum(1 for r, _ in self.by_thing if r == role)
            if used >= (ENDLESS if self.endless else self.dialect.ROLES[role]):
                return None
            self.by_thing[key] = f"⟨{role}{used + 1}⟩" if self.endless else self.dialect.symbol(role, used + 1)
            self.names[self.by_thing[key]] = words
        return self.by_thing[key]


def delexicalise(dispute: Dispute, evidence: Evidence, formulary: Formulary, glossary: Glossary, dialect: ModuleType) -> Symbolic:
    """The symbolic prompt of a dispute. Passages that name nothing the plans differ in are left out: they cannot decide."""
    reader = _Reader(dispute, cast(dispute, formulary, glossary), _Symbols(dialect), formulary, glossary, dialect)
    case = dispute.case
    has = tuple(s for p in case.problems if (s := reader.symbols.of("c", glossary.canonical(p.name).casefold(), p.name)))
    if case.pregnant and (pregnancy := reader.symbols.of("c", "pregnancy", "pregnancy")):
        has = (*has, pregnancy)
    x, y = reader.plan(dispute, "x"), reader.plan(dispute, "y")
    takes = tuple(
        s
        for m in case.medications
        if (r := formulary.find(m.drug)) and reader.cast.drug(r.name) == "m" and (s := reader.symbols.of("m", r.name, r.name))
    )
    question = reader.symbolise(dispute.question)
    shown: list[Any] = []
    ids: dict[str, str] = {}
    spoken: dict[str, dict[str, str]] = {}
    room = _room(evidence, reader)
    for exhibit in evidence.exhibits:
        passage, pieces = exhibit.passage, room.get(exhibit.id, [])
        if not pieces or len(shown) >= dialect.MAX_PASSAGES:
            continue
        shown.append(dialect.SymbolicPassage(str(passage.kind), str(passage.strength), str(passage.certainty), tuple(t for t, _ in pieces)))
        ids |= {f"E{len(shown)}.{n}": own for n, (_, own) in enumerate(pieces, 1)}
        spoken |= {f"E{len(shown)}.{n}": reader.spoken.get(said, {}) for n, (said, _) in enumerate(pieces, 1)}
    sex = case.sex if case.sex in ("female", "male") else ""
    prompt = dialect.SymbolicPrompt(
        case=dialect.SymbolicCase(None if case.age is None else int(case.age), sex, has, takes),
        question=question,
        x=x,
        y=y,
        passages=tuple(shown),
    )
    text = " ".join(t for p in shown for t in p.sentences)
    return Symbolic(prompt, reader.symbols.names, ids, tuple(dialect.symbols_in(text, "u")), spoken)


def _room(evidence: Evidence, reader: _Reader) -> dict[str, list[tuple[str, str]]]:
    """(text, sentence id) pairs that bear on the dispute, by exhibit: findings of the Formulary first, then by number, while there is room."""
    kept: dict[str, list[tuple[str, str]]] = {}
    for exhibit in sorted(evidence.exhibits, key=lambda one: (one.passage.organisation != "Formulary", one.number)):
        pieces = reader.bearing(exhibit)[: reader.dialect.MAX_SENTENCES]
        if pieces and sum(map(len, kept.values())) + len(pieces) <= bearing.MOST:
            kept[exhibit.id] = pieces
    return kept


def symbolised(
    dispute: Dispute, evidence: Evidence, formulary: Formulary, glossary: Glossary, dialect: ModuleType
) -> list[tuple[Exhibit, list[tuple[str, str]]]]:
    """Every exhibit with all its (text, sentence id) pairs that bear on the dispute, whatever the room of a prompt."""
    reader = _Reader(dispute, cast(dispute, formulary, glossary), _Symbols(dialect, endless=True), formulary, glossary, dialect)
    for side in "xy":
        reader.plan(dispute, side)
    return [(exhibit, reader.bearing(exhibit)) for exhibit in evidence.exhibits]


def _pieces(text: str, kind: UnitKind) -> list[str]:
    """A sentence without references and figures in brackets, split where a new statement begins."""
    text = re.sub(r"\s*\[[^\]]*\]", "", text)
    if kind is UnitKind.EFFICACY:
        return [re.split(r": (?:HR|RR|OR|RD|MD|SMD|IRR|hazard|risk)\b|;", text)[0].rstrip(" .") + "."]
    text = re.sub(r"\s*\((?:hazard ratio|HR|RR|OR|odds ratio|risk ratio|relative risk|95|about|n )[^)]*\)", "", text)
    if kind is UnitKind.TABLE:
        head, colon, rest = text.partition(":")
        cells = [c.strip() for c in rest.split(";") if c.strip()]
        return [f"{head}: {c.rstrip('.')}." for c in cells[:4]] if colon and len(cells) > 1 else [text]
    return [
        p[0].upper() + p[1:]
        for piece in re.split(r"; |: |, (?=nor )", _ASIDE.sub("", text))
        if (p := piece.strip().rstrip(".") + ".") != "."
    ]


_DECIDES = re.compile(r"\b(?:contraindicated|avoid|must not|do not|should not|never)\b", re.IGNORECASE)
"""In a finding of the Formulary: it tells what must not be done; the others tell what to watch, and decide nothing."""
_REDUCED = re.compile(r"(?:the |a )?(?:reduced|lower|half|halved) dose of $", re.IGNORECASE)
_ASIDE = re.compile(
    r",? (?:and |with |at )?(?:an? |the )?(?:lower|reduced|smaller|less|lower dose)(?: still| dose)? in [^,;.:]*(?=[,;.:])", re.IGNORECASE
)
"""A remark on the dose in some other group, within a sentence that says something else."""
_GOAL = re.compile(
    r"(?:prevent(?:s|ed|ing|ion of)?|risk of|rates? of|lower(?:s|ed)|reduc(?:es|ed|ing)|raised|increased|fewer|less|more|caused?|protects? against|similar|incidence of|found|history of no)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
"""Before an outcome or a goal: not a state the patient would have to be in."""
_AFTER_GOAL = re.compile(r"^\s+(?:prevention|prophylaxis|risk|events?|rates?)\b", re.IGNORECASE)


@dataclass
class _Reader:
    """Replaces what the plans and the patient are about by symbols."""

    dispute: Dispute
    cast: Cast
    symbols: _Symbols
    formulary: Formulary
    glossary: Glossary
    dialect: ModuleType
    amounts: dict[str, list[tuple[_Amount, str]]] = field(default_factory=dict)
    """Side -> amounts only that plan has, each with the symbols of the item it belongs to."""
    spoken: dict[str, dict[str, str]] = field(default_factory=dict)
    """Symbolised text -> symbol -> the words that it stands for in that text."""

    @cached_property
    def unknown(self) -> dict[str, str]:
        """Drugs of the plans that the Formulary does not know, by their folded name, with their role."""
        own = [{i.drug.casefold() for i in p.items if i.drug and not self.formulary.find(i.drug)} for p in (self.dispute.x, self.dispute.y)]
        return {name: "b" if name in own[0] & own[1] else "x" if name in own[0] else "y" for name in sorted(own[0] | own[1])}

    def plan(self, dispute: Dispute, side: str) -> tuple[Any, ...]:
        """The plan's items as symbols, with the doses and times in which the plans differ."""
        plan, other = (dispute.x, dispute.y) if side == "x" else (dispute.y, dispute.x)
        theirs = [a for i in other.items for a in _amounts(i)]
        out = []
        for item in plan.items:
            if item.action in (Action.MONITOR, Action.REFER):
                continue
            text = ""
            record = self.formulary.find(item.drug) if item.drug else None
            if record is not None:
                role = self.cast.drug(record.name)
                text += self.symbols.of(role, record.name, record.name) or record.name
            elif item.drug:
                folded = item.drug.casefold()
                text += self.symbols.of(self.unknown[folded], folded, item.drug) or item.drug
            elif item.action is Action.OBSERVE:
                text += self.symbols.of(self.cast.waiting(), "waiting", "watchful waiting") or "no treatment"
            else:
                text += self.symbolise(item.text)
                if not self.dialect.symbols_in(text):
                    words = item.text or item.drug
                    text = self.symbols.of(side, words.casefold(), words) or words
            for amount in [] if item.action is Action.OBSERVE else _amounts(item):
                if any(amount.same(t) for t in theirs):
                    continue
                made = self.symbols.of(side, amount.key, amount.words)
                if made:
                    self.amounts.setdefault(side, []).append((amount, "".join(self.dialect.symbols_in(text, "xyb"))))
                    text += "" if made in text else made
            out.append(self.dialect.SymbolicItem(str(item.action), text))
        return tuple(out)

    def bearing(self, exhibit: Exhibit) -> list[tuple[str, str]]:
        """(text, sentence id) of what the exhibit says that bears on the dispute: one statement a text, English only."""
        passage, found = exhibit.passage, list[tuple[str, str]]()
        if passage.language != "en":
            return []
        finding = passage.organisation == "Formulary"
        for number, sentence in enumerate(passage.sentences, 1):
            foreign = False  # what goes on from words about other patients is about them, unless it says otherwise
            for piece in _pieces(sentence.text, passage.kind):
                text = self.symbolise(piece, passage.kind)
                foreign = bearing.foreign(text) or (foreign and not text.startswith("Otherwise"))
                if foreign or (finding and not _DECIDES.search(text)):
                    continue
                if bearing.bears(text, follows=bool(found)):
                    found.append((text, f"{exhibit.id}.{number}"))
        return found

    def symbolise(self, text: str, kind: UnitKind | None = None) -> str:
        """The text with symbols; conditions that are only an outcome keep their words."""
        text = self.dialect.strip_symbols(text)
        spans: list[tuple[int, int, str, str, str]] = []  # start, end, role, thing, words
        limits = thresholds.find(text, self.dispute.case)
        spans += [(t.start, t.end, t.status, f"{t.name} {text[t.start : t.end].casefold()}", text[t.start : t.end]) for t in limits]
        for s, e, n in self.formulary.mentioned(text):
            if dose := _REDUCED.search(text[:s]):
                spans.append((dose.start(), e, self.cast.reduced(n), f"reduced {n}", text[dose.start() : e]))
            else:
                spans.append((s, e, self.cast.drug(n), n, n))
        for name, role in self.unknown.items():
            spans += [(m.start(), m.end(), role, name, m.group(0)) for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I)]
        for s, e, term in self.glossary.mentioned(text):
            absent = text[:s].casefold().endswith("non-")
            if is_treatment(term):
                spans.append((s, e, self.cast.step(term), term, text[s:e]))
            elif absent:
                role = "n" if self.cast.condition(term) == "c" else "c"
                spans.append((s - 4, e, role, f"non-{term.casefold()}", text[s - 4 : e]))
            elif term.casefold().endswith("prevention"):
                continue
            elif not (_GOAL.search(text[:s]) or _AFTER_GOAL.match(text[e:])) or self.cast.condition(term) == "c":
                spans.append((s, e, self.cast.condition(term), term.casefold(), text[s:e]))
        spans += [(s, e, self.cast.drug_class(c), f"class {c.casefold()}", text[s:e]) for s, e, c in self.cast.classes_in(text)]
        spans += [(s, e, role, f"step {stem}", text[s:e]) for s, e, role, stem in self.cast.words_in(text)]
        spans += [(s, e, self.cast.waiting(), "waiting", text[s:e]) for s, e in waiting_in(text)]
        named = {(r, thing) for _, _, r, thing, _ in spans if r in "xybmd"}
        spans += [(s, e, r, k, text[s:e]) for s, e, r, k in self._amounts_in(text, named)]
        out, at, here = "", 0, dict[str, str]()
        for start, end, role, thing, words in sorted(spans, key=lambda one: (one[0], -one[1])):
            if start < at:
                continue
            made = self.symbols.of(role, thing, words)
            out += text[at:start] + (made or text[start:end])
            at = end
            here |= {made: text[start:end]} if made else {}
        out = _allergies(out + text[at:])
        while found := thresholds.quorum(out):
            start, end, role = found
            words = self.dialect.restore(out[start:end], self.symbols.names)
            made = self.symbols.of(role, words.casefold(), words)
            if made is None:
                break
            out = out[:start] + made + out[end:]
        words_ = out.split()
        whole = " ".join(words_[:LONGEST]) + ("" if len(words_) <= LONGEST else " ...")
        self.spoken[whole] = here
        return whole

    def _amounts_in(self, text: str, named: set[tuple[str, str]]) -> list[tuple[int, int, str, str]]:
        """Doses and times of the text that only one plan has. They count beside the treatment they belong to (or its class);
        a time also where no treatment is named."""
        symbols = {self.symbols.by_thing.get(one, "") for one in named} - {""}
        classes = {role for role, thing in named if thing.startswith("class ")}
        out = []
        for s, e, amount in _read_amounts(text):
            before = text[:s]
            within = bool(
                re.search(r"\b(?:within|up to|at most|no more than|in the first|before)\s*(?:the first\s*)?$", before, re.IGNORECASE)
            )
            least = bool(re.search(r"\b(?:at least|more than|after)\s*$", before, re.IGNORECASE)) or text[e:].lstrip().startswith(
                ("or more", "or longer")
            )
            fits = []
            for side in "xy":
                for mine, owner in self.amounts.get(side, []):
                    near = (
                        bool(symbols & set(self.dialect.symbols_in(owner))) or bool(classes & {side, "b"}) or (not mine.dose and not named)
                    )
                    if near and mine.covered_by(amount, within, least):
                        fits.append((side, mine))
            sides = list(dict.fromkeys(side for side, _ in fits))
            if sides:
                role = sides[0] if len(sides) == 1 else "b"
                out.append((s, e, role, fits[0][1].key if role != "b" else f"both {amount.key}"))
        return out


def _allergies(text: str) -> str:
    """`⟨c1⟩ allergy` names one thing already."""
    return re.sub(r"(⟨[cn]\d+⟩) allergy", r"\1", text)


@dataclass(frozen=True)
class _Amount:
    """A dose or a length of time; `low` to `high` in a base unit."""

    low: float
    high: float
    unit: str
    words: str
    often: str = ""

    @property
    def dose(self) -> bool:
        return self.unit not in ("hour", "minute")

    @property
    def key(self) -> str:
        return f"{self.low:g}-{self.high:g} {self.unit} {self.often}".strip()

    def same(self, other: _Amount) -> bool:
        return self.unit == other.unit and self.low == other.low and self.high == other.high and self.often == other.often

    def covered_by(self, text: _Amount, within: bool = False, least: bool = False) -> bool:
        """The text's range holds this amount, and no other frequency is named. `within`: from nothing; `least`: without end."""
        if (within or least) and self.unit == text.unit == "hour":
            return self.high <= text.high * 1.001 if within else self.low >= text.low * 0.999
        close = text.low * 0.999 <= self.low and self.high <= text.high * 1.001
        return self.unit == text.unit and close and (not text.often or not self.often or text.often == self.often)


_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10, "twelve": 12}
_N = r"(\d+(?:\.\d+)?|" + "|".join(_WORDS) + ")"
_UNITS = {
    "minute": ("minute", 1), "hour": ("hour", 1), "day": ("hour", 24), "week": ("hour", 168), "month": ("hour", 730), "year": ("hour", 8760),
    "mg": ("mg", 1), "g": ("mg", 1000), "micrograms": ("mg", 0.001), "microgram": ("mg", 0.001), "mcg": ("mg", 0.001),
    "units": ("unit", 1), "unit": ("unit", 1), "mg/kg": ("mg/kg", 1), "units/kg": ("unit/kg", 1), "g/day": ("mg", 1000),
}  # fmt: skip
_QUANTITY = re.compile(
    rf"(?<![\w.]){_N}(?:\s*(?:to|-|–|or)\s*{_N})?[\s-]*(mg/kg|units/kg|micrograms?|mcg|mg|g|units?|minutes?|hours?|days?|weeks?|months?|years?)(?![\w/])(?:\s*(?:orally |oral |intravenously )?(once|twice|three times|four times|every \d+ hours)(?: a day| daily)?)?",
    re.IGNORECASE,
)
_LONG = re.compile(r"long[- ]term|lifelong|indefinite(?:ly)?|without a stop date|for life", re.IGNORECASE)


def _number(text: str) -> float:
    return float(_WORDS.get(text.casefold(), 0) or text)


def _read_amounts(text: str) -> list[tuple[int, int, _Amount]]:
    out = []
    for m in _QUANTITY.finditer(text):
        low = _number(m.group(1))
        high = _number(m.group(2)) if m.group(2) else low
        unit = m.group(3).casefold()
        base, factor = _UNITS.get(unit) or _UNITS[unit.removesuffix("s")]
        out.append((m.start(), m.end(), _Amount(low * factor, high * factor, base, m.group(0), (m.group(4) or "").casefold())))
    out += [(m.start(), m.end(), _Amount(1e9, 1e9, "hour", m.group(0))) for m in _LONG.finditer(text)]
    return out


def _amounts(item: PlanItem) -> list[_Amount]:
    """Dose with its frequency, duration and times named in the text of an item."""
    text = f"{item.dose:g} {item.unit} {item.frequency}" if item.dose is not None else ""
    return [a for source in (text, item.duration, "" if item.drug else item.text) for _, _, a in _read_amounts(source)]
