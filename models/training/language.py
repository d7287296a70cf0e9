"""Sentences from wordings: alternations, slots for treatments and conditions, and what each says about this patient.

A wording is one line of `wordings/<kind>.txt`: `{a|b|}` chooses one, `<A>` is a slot (see the head of each file).
One wording in five is held out by the hash of its line, and so are the words of HELD_OUT: training never sees them.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

WORDINGS = Path(__file__).parent / "wordings"

HELD_OUT = (
    "favour", "refrain", "inadvisable", "prohibited", "withhold", "opt for", "suits", "in preference to", "beat",
    "living with", "in the event of", "ruled out", "noninferior", "warranted", "endorsed", "at no time", "supplant", " void",
)  # fmt: skip
"""Verbs and constructions kept from training, whatever wording they stand in."""


@cache
def wordings(kind: str) -> tuple[tuple[str, bool], ...]:
    """(wording, held out) of a kind."""
    lines = (WORDINGS / f"{kind}.txt").read_text("utf-8").splitlines()
    lines = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return tuple((line, int(hashlib.sha256(line.encode()).hexdigest(), 16) % 5 == 0) for line in lines)


_INNER = re.compile(r"\{([^{}]*)\}")


def expand(rng: random.Random, text: str) -> str:
    """Chooses every alternation, innermost first."""
    while match := _INNER.search(text):
        text = text[: match.start()] + rng.choice(match.group(1).split("|")) + text[match.end() :]
    return text


def choose(rng: random.Random, kind: str, held_out: bool) -> str:
    """An expanded wording with its slots still open; held-out ones only (True) or never (False)."""
    lines = wordings(kind)
    for _ in range(60):
        line, held = rng.choice(lines)
        if held and not held_out:
            continue
        text = expand(rng, line)
        new = any(word in text.lower() for word in HELD_OUT)
        if (held or new) if held_out else not new:
            return text
    pool = [line for line, held in lines if held == held_out] or [line for line, _ in lines]
    return expand(rng, rng.choice(pool))


@dataclass
class Condition:
    """A phrase about the patient. `status`: yes, no, open; `sign` flips what an open symbol means (`unless`)."""

    text: str
    status: str
    why: str
    """The symbol that decides."""
    inverse: bool = False
    """True: an open symbol must fail for the sentence to hold."""
    cites: tuple[str, ...] = field(default=())
    """Symbols of conditions that hold, for the claim's text."""


@dataclass
class Pool:
    """Symbols of conditions in this case: those that hold, do not, cannot be decided."""

    c: list[str]
    n: list[str]
    u: list[str]

    def pick(self, rng: random.Random, want: str) -> str:
        pool = {"yes": self.c, "no": self.n, "open": self.u}[want]
        return rng.choice(pool or self.n or self.c)


def _kind(symbol: str) -> str:
    return {"c": "yes", "n": "no", "u": "open"}[symbol[1]]


def _both(symbols: list[str]) -> tuple[str, str]:
    """Status and deciding symbol of a conjunction."""
    for want in ("no", "open"):
        for s in symbols:
            if _kind(s) == want:
                return want, s
    return "yes", symbols[0]


def _any(symbols: list[str]) -> tuple[str, str]:
    """Status and deciding symbol of a disjunction."""
    for want in ("yes", "open"):
        for s in symbols:
            if _kind(s) == want:
                return want, s
    return "no", symbols[0]


def condition(rng: random.Random, pool: Pool, want: str) -> Condition:
    """A noun phrase of one to three conditions whose status is `want` (positive sense)."""
    for _ in range(40):
        shape = rng.random()
        first = pool.pick(rng, want if rng.random() < 0.8 else rng.choice(("yes", "no")))
        if shape < 0.66:
            how = rng.choice(ADJECTIVES) if rng.random() < 0.15 else ""
            return Condition(how + first, _kind(first), first, False, (first,)) if _kind(first) == want else condition(rng, pool, want)
        second = pool.pick(rng, rng.choice(("yes", "no")))
        if second == first or _kind(second) == "open":
            continue
        joined = [first, second]
        rng.shuffle(joined)
        a, b = joined
        if shape < 0.78:
            text = rng.choice(
                [
                    "{a} and {b}",
                    "both {a} and {b}",
                    "{a} together with {b}",
                    "{a} complicated by {b}",
                    "{a} who also have {b}",
                    "{a} plus {b}",
                    "{a} with {b}",
                    "{a} with {b}",
                    "{a} after {b}",
                    "{a} and with {b}",
                    "{a} treated by {b}",
                ]
            )
            status, why = _both(joined)
        elif shape < 0.92:
            if rng.random() < 0.3 and (third := pool.pick(rng, rng.choice(("yes", "no")))) not in joined and _kind(third) != "open":
                text, joined = "{a}, {b} or " + third, [*joined, third]
                if rng.random() < 0.3 and (fourth := pool.pick(rng, "no")) not in joined and _kind(fourth) == "no":
                    text, joined = "{a}, {b}, " + third + " or " + fourth, [*joined, fourth]
            else:
                text = rng.choice(["{a} or {b}", "either {a} or {b}", "{a} and/or {b}", "{a} or with {b}", "{a} or in {b}"])
            status, why = _any(joined)
        else:
            if _kind(b) == "open" or _kind(a) == "open":
                continue
            text = rng.choice(["{a} without {b}", "{a} but no {b}", "{a} but not {b}", "{a} in the absence of {b}"])
            status, why = ("no", a) if _kind(a) == "no" else ("no", b) if _kind(b) == "yes" else ("yes", a)
        if status == want:
            cites = tuple(s for s in joined if _kind(s) == "yes") if status == "yes" else (why,)
            if "without" in text or "but no" in text or "absence" in text:
                cites = (a,)
            return Condition(text.replace("{a}", a).replace("{b}", b), status, why, False, cites)
    return condition(rng, pool, want)


ADJECTIVES = (
    "persistent ",
    "mild ",
    "established ",
    "confirmed ",
    "acute ",
    "severe ",
    "uncomplicated ",
    "non-severe ",
    "a ",
    "recurrent ",
    "suspected ",
    "newly found ",
)
"""Before a condition; they are taken to be met, since only the code that makes the symbols could tell."""
NOUNS = "{adults|people|patients|people|patients|those|adults|older people|women|men|anyone|individuals|a patient|hospital patients|a person|outpatients}"
WITH = "{with|who have|with|with|who have|living with|diagnosed with|presenting with|suffering from|who develop|known to have|with a history of|with confirmed|who also have|found to have|aged|of|admitted with|recovering from}"
POSITIVE = (
    "when <K> is present", "if <K> is present", "in <K>", "in <K>", "for <K>", "for <K>", "in people with <K>", "in patients with <K>", "in those with <K>",
    "with <K>", "in the presence of <K>", "in case of <K>", "if there is <K>", "when there is <K>", "once <K> has been confirmed", "in adults with <K>",
    "provided that <K> is present", "only in <K>", "only if <K>", "when <K>", "if <K>", "where <K> is found", "in the event of <K>", "after <K>", "during <K>",
    "because of <K>", "in the setting of <K>", "for people with <K>", "for patients who have <K>", "as soon as <K> is found", "to treat <K>", "if the patient has <K>",
    "in anyone with <K>", "for the treatment of <K>", "among those with <K>", "when the person has <K>", "at <K>", "only when <K> is present", "given <K>",
)  # fmt: skip
NEGATIVE = (
    "unless <K> is present", "unless there is <K>", "unless <K>", "except in <K>", "except in people with <K>", "in the absence of <K>", "in people without <K>",
    "as long as there is no <K>", "other than in <K>", "if <K> is absent", "in patients who do not have <K>", "provided there is no <K>", "if <K> has been ruled out",
    "except when <K> is present", "in those with no <K>", "if the person does not have <K>", "apart from people with <K>", "when <K> has been excluded", "save in <K>",
    "but not in <K>", "excluding those with <K>", "without <K>",
)  # fmt: skip
AFTER_ONLY = ("only", "save in", "but not", "excluding", "apart from", "other than", "to treat", "for the treatment of")
"""Clauses that read badly, or otherwise, before the main clause."""
NEUTRAL = (
    "regardless of <K>",
    "whether or not <K> is present",
    "with or without <K>",
    "irrespective of <K>",
    "whatever the state of <K>",
    "independently of <K>",
)


def _held(rng: random.Random, options: tuple[str, ...], held_out: bool) -> str:
    for _ in range(30):
        text = rng.choice(options)
        if held_out or not any(word in text for word in HELD_OUT):
            return text
    return options[0]


def clause(rng: random.Random, pool: Pool, want: str, held_out: bool, first: bool = False) -> Condition:
    """A clause such as `if ⟨c1⟩ is present` or `unless ⟨n1⟩` whose effect is `want`."""
    if first:
        while (c := clause(rng, pool, want, held_out)).text.startswith(AFTER_ONLY):
            pass
        return c
    kind = rng.random()
    if kind < 0.05 and want == "yes":
        inner = condition(rng, pool, rng.choice(("yes", "no")))
        return Condition(_held(rng, NEUTRAL, held_out).replace("<K>", inner.text), "yes", "", False, ())
    if kind < 0.24:
        inner = condition(rng, pool, {"yes": "no", "no": "yes", "open": "open"}[want])
        simple = Condition(inner.cites[0], inner.status, inner.why) if want != "yes" and inner.cites else inner
        if want != "yes":
            inner = Condition(simple.why, simple.status, simple.why)
        text = _held(rng, NEGATIVE, held_out).replace("<K>", inner.text)
        return Condition(text, want, inner.why, True, ())
    inner = condition(rng, pool, want)
    return Condition(_held(rng, POSITIVE, held_out).replace("<K>", inner.text), inner.status, inner.why, False, inner.cites)


def population(rng: random.Random, pool: Pool, want: str, held_out: bool) -> Condition:
    """A noun phrase such as `adults with ⟨c1⟩`."""
    inner = condition(rng, pool, want)
    if rng.random() < 0.08 and want != "open":
        inner = condition(rng, pool, "no" if want == "yes" else "yes")
        simple = (
            inner.text if want == "yes" and " or " not in inner.text and " and " not in inner.text and "," not in inner.text else inner.why
        )
        if _kind(inner.why) == ("no" if want == "yes" else "yes"):
            text = (
                expand(rng, NOUNS)
                + rng.choice([" without ", " who do not have ", " with no ", " free of "])
                + (inner.why if simple != inner.text else simple)
            )
            return Condition(text, want, inner.why, True, ())
        inner = condition(rng, pool, want)
    for _ in range(30):
        text = expand(rng, f"{NOUNS} {WITH}")
        if held_out or not any(word in text for word in HELD_OUT):
            break
    if rng.random() < 0.1:
        text = expand(rng, NOUNS)
    return Condition(f"{text} {inner.text}", inner.status, inner.why, False, inner.cites)
