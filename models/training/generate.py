"""Generated disagreements: symbolic prompts with the answer that the expert rule gives, balanced so that shallow cues say little.

python -m models.training.generate OUT.jsonl --count 20000 --seed 1 [--held-out] [--plain]
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from models import dialect
from models.training import language, names
from models.training.language import Condition, Pool
from models.training.rule import Mark, answer

TARGET = {
    "supports_x": 0.235,
    "supports_y": 0.235,
    "both_acceptable": 0.13,
    "neither": 0.11,
    "insufficient_evidence": 0.14,
    "need_data": 0.15,
}
"""Share of each outcome: `insufficient` and `need_data` must be frequent enough to be learnt, sides the commonest."""

BAD = (
    "stroke", "death", "mortality", "relapse", "major bleeding", "admission to hospital", "heart attack", "treatment failure", "exacerbations", "fractures", "kidney failure",
    "symptoms", "recurrence", "complications", "infection", "pain", "falls", "attacks", "hypoglycaemia", "the need for surgery", "cardiovascular events", "readmission", "adverse events",
)  # fmt: skip
GOOD = (
    "survival",
    "cure",
    "remission",
    "quality of life",
    "lung function",
    "clinical success",
    "live birth",
    "response",
    "recovery",
    "healing",
    "symptom control",
    "walking distance",
)
QUESTIONS = (
    "Which treatment for <K>?", "What should be given for <K>?", "Which drug first?", "How to manage <K>?", "Start treatment or wait?", "Which dose?", "For how long?",
    "Which agent in <K>?", "Is <A> needed?", "Should <A> be stopped?", "Which therapy after <K>?", "What is the next step?", "Which prophylaxis?", "When to operate?",
    "Which antibiotic and how long?", "How to lower the risk?", "Add a second drug?", "Which option with <K>?", "Continue or change?", "Which prevention for <K>?",
)  # fmt: skip
TAILS = (
    ", because it is better tolerated", " after discussing risks and benefits", ", with regular review", ", and explain why", " where possible", ", whatever the age", ", as trials show",
    ", and review after a month", ", in line with local policy", ", since harm is rare", ", and record the reason", ", provided follow-up is sure", " in most adults", ", unless bleeding risk is high or <D> is needed", ", when the patient accepts it", ", so that <D> can go on", " from age 12", " together with diet", ", with or without <D>", ", whatever the cause", " in the same admission", ", with monitoring of renal function", " as soon as possible",
)  # fmt: skip

REASONS = (
    " to prevent <K>", ", because it lowers the risk of <K>", ", as <K> is rare", ", since it prevents <K>", " for prevention of <K>", ", because <K> is less frequent",
    " to lower the risk of <K>", ", which may cause <K>", ", even though <K> may occur", ", and watch for <K>", ", and ask about <K>",
)  # fmt: skip
"""Goals and reasons that name a condition the patient need not have."""

DIRECT = {  # kind of sentence -> how often a recommendation says it
    "for": 25, "against_hard": 15, "against_soft": 10, "prefer": 16, "either": 8, "against_both": 3, "interaction": 7, "neutral": 6, "other": 4,
}  # fmt: skip
TRIAL = {"trial_better": 9, "trial_for": 6, "trial_against": 5, "trial_either": 5}
TALK = {
    "neutral": 14,
    "other": 12,
    "for": 3,
    "against_soft": 2,
    "against_hard": 1,
    "prefer": 2,
    "either": 2,
    "trial_for": 2,
    "trial_against": 2,
    "trial_better": 2,
    "interaction": 1,
}
QUANTITY = {"for": "qty_for", "against_hard": "qty_against", "against_soft": "qty_against", "prefer": "qty_prefer", "either": "qty_either"}


def weighted(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


@dataclass
class Scene:
    """The cast of one case: symbols by role, and what kind of thing each treatment symbol is."""

    pool: Pool
    roles: dict[str, list[str]]
    types: dict[str, str]
    """Symbol -> drug, class, quantity or procedure."""
    shape: str
    """How the plans differ: treatment, quantity, addition (one plan has nothing of its own)."""


def cast(rng: random.Random) -> Scene:
    """Draws symbols with random indices, so that no index means anything."""

    def draw(role: str, low: int, high: int) -> list[str]:
        return [dialect.symbol(role, i) for i in rng.sample(range(1, dialect.ROLES[role] + 1), rng.randint(low, high))]

    shape = rng.choices(["treatment", "quantity", "addition"], [60, 24, 16])[0]
    roles = {"m": draw("m", 0, 3), "d": draw("d", 2, 5), "b": draw("b", 1, 3) if shape != "treatment" or rng.random() < 0.5 else []}
    roles["x"], roles["y"] = draw("x", 1, 3), draw("y", 1, 3)
    if shape == "addition":
        roles[rng.choice("xy")] = []
    types = {s: "drug" for role in "mdb" for s in roles[role]}
    for side in "xy":
        for i, s in enumerate(roles[side]):
            if shape == "quantity":
                types[s] = "quantity" if i == 0 else rng.choice(["quantity", "quantity", "drug"])
            else:
                types[s] = rng.choices(["drug", "procedure"], [88, 12])[0] if i == 0 else rng.choice(["class", "class", "quantity", "drug"])
    pool = Pool(draw("c", 1, 5), draw("n", 2, 5), draw("u", 1, 2) if rng.random() < 0.5 else [])
    return Scene(pool, roles, types, shape)


def of_type(scene: Scene, role: str, kinds: tuple[str, ...]) -> list[str]:
    return [s for s in scene.roles.get(role, []) if scene.types[s] in kinds]


def entity(rng: random.Random, scene: Scene, role: str, plain_only: bool = False) -> tuple[str, str] | None:
    """(text, leading symbol) that names a treatment of this role, alone, in a list, with its class or its dose."""
    heads = of_type(scene, role, ("drug", "procedure", "class"))
    if not heads:
        return None
    head = rng.choice(heads)
    shape = rng.random()
    others = [s for s in scene.roles["d"] if s != head]
    rng.shuffle(others)
    classes, doses = of_type(scene, role, ("class",)), of_type(scene, role, ("quantity",))
    if plain_only or shape < 0.66:
        return rng.choice(["{}", "{}", "{}", "{}", "an {}", "oral {}", "{} alone", "the drug {}"]).format(
            head
        ) if shape < 0.1 else head, head
    if shape < 0.76 and classes and head not in classes and len(others) > 1:
        c = rng.choice(classes)
        return rng.choice(
            [
                f"a {c} such as {head} or {others[0]}",
                f"a {c} ({head}, {others[0]} or {others[1]})",
                f"{c}, for example {head},",
                f"a {c}, preferably {head},",
                f"the {c} {head}",
            ]
        ), head
    if shape < 0.84 and doses:
        return rng.choice([f"{head} {doses[0]}", f"{head} ({doses[0]})", f"{head} for {doses[0]}", f"{head} at {doses[0]}"]), head
    groups = [b for b in (*scene.roles["b"], *scene.roles["m"]) if b != head]
    if shape < 0.70 and len(others) > 2:
        c = rng.choice(classes) if classes and head not in classes else ""
        first = f"a {c} such as {head}" if c else head
        dose = f" {doses[0]}" if doses else ""
        return rng.choice(
            [
                f"{first} or a {others[0]} such as {others[1]} or {others[2]}",
                f"a {others[0]} such as {others[1]} or {first}",
                f"{others[0]} for 5 days, {head}{dose}, or {others[1]} for 3 days",
                f"{head}{dose}, {others[0]} 100 mg or {others[1]}",
                f"{first} or {others[0]} with proven benefit",
            ]
        ), head
    if shape < 0.87 and groups and others:
        g = rng.choice(groups)
        return rng.choice(
            [
                f"a {g} such as {head}",
                f"{g} plus {head}",
                f"{g} with {head} or {others[0]}",
                f"{g} plus {head} or {others[0]}",
                f"a {g}, for example {head} or {others[0]},",
            ]
        ), head
    if shape < 0.95 and others:
        items = [head, *others[: rng.randint(1, min(3, len(others)))]]
        rng.shuffle(items)
        return ", ".join(items[:-1]) + rng.choice([" or ", " or ", " or "]) + items[-1] if len(items) > 1 else head, head
    if scene.roles["b"]:
        return f"{head} {rng.choice(['plus', 'with', 'together with'])} {rng.choice(scene.roles['b'])}", head
    return head, head


def statistics(rng: random.Random, up: bool | None) -> str:
    """Made-up effect estimate whose direction agrees with the words; None: crosses 1."""
    if up is None:
        e, lo, hi = 1 + rng.uniform(-0.08, 0.08), rng.uniform(0.6, 0.9), rng.uniform(1.1, 1.5)
    elif up:
        e = rng.uniform(1.12, 1.9)
        lo, hi = rng.uniform(1.01, e), e + rng.uniform(0.05, 0.6)
    else:
        e = rng.uniform(0.4, 0.92)
        lo, hi = e - rng.uniform(0.04, 0.3), rng.uniform(e, 0.99)
    m = rng.choice(["HR", "RR", "OR"])
    text = rng.choice([f"{m} {e:.2f} ({lo:.2f} to {hi:.2f})", f"{m} {e:.2f}, 95% CI {lo:.2f} to {hi:.2f}", f"{m} {e:.2f}"])
    return text + (f", n {rng.randint(120, 20000)}" if rng.random() < 0.2 else "")


@dataclass
class Draft:
    """A sentence before it has its id."""

    text: str
    mark: Mark
    head: str = ""
    """The one treatment it is about, for a following `it`."""
    role: str = ""


def subjects(rng: random.Random, scene: Scene, kind: str) -> tuple[str, str]:
    """Roles for slots A and B (or M)."""
    if kind in ("either", "against_both", "trial_either", "qty_either"):
        return rng.choices([("x", "y"), ("y", "x"), ("x", "d"), ("y", "d"), ("d", "d"), ("b", "d")], [34, 34, 8, 8, 12, 4])[0]
    if kind in ("prefer", "trial_better", "qty_prefer"):
        pairs = [("x", "y"), ("y", "x"), ("x", "d"), ("y", "d"), ("d", "x"), ("d", "y"), ("d", "d"), ("b", "d"), ("m", "d")]
        return rng.choices(pairs, [25, 25, 8, 8, 8, 8, 12, 3, 3])[0]
    a = rng.choices("xydbm", [32, 32, 22, 8, 6])[0]
    return a, rng.choice("yx" if a in "xy" else "xyd")


def sentence(rng: random.Random, scene: Scene, kind: str, passage: tuple[str, str], held_out: bool) -> Draft | None:
    """A sentence of this kind with its mark, or None where the cast does not allow it."""
    pkind, strength = passage
    quantity = kind in QUANTITY and (scene.shape == "quantity" and rng.random() < 0.7)
    wording_kind = QUANTITY[kind] if quantity else kind
    hard = kind in ("against_hard", "interaction", "against_both") or wording_kind == "qty_against"
    text = language.choose(rng, wording_kind, held_out)
    ra, rb = subjects(rng, scene, wording_kind)
    heads: list[str] = []
    if "<A>" in text:
        if quantity:
            qa = of_type(scene, ra, ("quantity",))
            a = (rng.choice(qa),) * 2 if qa else None
            if ra in "dbm":
                return None
        else:
            a = entity(rng, scene, ra, kind.startswith("trial") or text.count("<A>") > 1)
        if a is None:
            return None
        text = text.replace("<A>", a[0])
        heads.append(a[1])
    if "<B>" in text:
        if quantity:
            qb = of_type(scene, rb, ("quantity",))
            b = (rng.choice(qb),) * 2 if qb and rb in "xy" else None
        else:
            b = entity(rng, scene, rb, kind.startswith("trial"))
        if b is None or b[1] in heads:
            return None
        text = text.replace("<B>", b[0])
        heads.append(b[1])
    relevant = kind not in ("neutral", "other")
    blocked = ""  # a base drug that is not in the plans makes a quantity irrelevant
    while "<D>" in text:
        if quantity:
            base = rng.choices(["b", "d", ra], [80, 16, 4])[0]
            names_ = of_type(scene, base, ("drug",))
            if not names_:
                return None
            d = rng.choice(names_)
            if base == "d":
                blocked = d
        else:
            d = rng.choice(scene.roles["d"])
        text = text.replace("<D>", d, 1)
    partner = ""
    status, why, inverse = "yes", "", False
    cites: tuple[str, ...] = ()
    if "<M>" in text:
        options = [(s, r) for r in "mbdxy" for s in of_type(scene, r, ("drug",)) if s not in heads]
        if not options:
            return None
        m, rm = rng.choices(options, [{"m": 5, "b": 3, "d": 3, "x": 0.6, "y": 0.6}[r] for _, r in options])[0]
        listed = [o for o in scene.roles["d"] if o not in heads and o != m] if rm in "mb" else []
        shape = rng.random()
        if listed and shape < 0.2:
            named = rng.choice([f"a {m} such as {listed[0]}", f"{listed[0]} or {m}", f"{m} or {listed[0]}", f"{m} or another {listed[0]}"])
        else:
            named = m
        text = text.replace("<M>", named)
        partner = m
        if rm == "d":
            status, why = "no", m
        elif rm in "xy" and rm != ra:
            relevant = False
    while "<T>" in text:
        text = text.replace("<T>", names.trial(rng), 1)
    want = rng.choices(["yes", "no", "open"], [55, 30, 15 if scene.pool.u else 0])[0]
    used: Condition | None = None
    if "<P>" in text:
        used = language.population(rng, scene.pool, want, held_out)
        text = text.replace("<P>", used.text)
    elif "<C>" in text:
        used = language.clause(rng, scene.pool, want, held_out, text.startswith("<C>"))
        text = text.replace("<C>", used.text)
    elif "<K>" in text and wording_kind not in ("other",):
        used = language.condition(rng, scene.pool, want)
        text = text.replace("<K>", used.text)
    while "<K>" in text:
        text = text.replace("<K>", language.condition(rng, scene.pool, rng.choice(["yes", "no"])).text, 1)
    if used is None and not partner and rng.random() < (0.62 if kind != "neutral" else 0.3):
        end = text.endswith(".") and ":" not in text
        if rng.random() < 0.4 and not text.startswith("<"):
            if rng.random() < 0.5:
                used = language.population(rng, scene.pool, want, held_out)
                lead = rng.choice(["In ", "For ", "In ", "Among "]) + used.text
            else:
                used = language.clause(rng, scene.pool, want, held_out, True)
                lead = used.text[0].upper() + used.text[1:]
            text = f"{lead}, {text[0].lower()}{text[1:]}" if text[1:2].islower() else f"{lead}, {text}"
        elif end:
            used = language.clause(rng, scene.pool, want, held_out)
            text = f"{text[:-1]}{rng.choice([' ', ' ', ' ', ', ']) if used.inverse else ' '}{used.text}."
    second: Condition | None = None
    if used is not None and kind != "neutral" and "or another" not in text and rng.random() < 0.22 and used.status != "open":
        second = language.clause(
            rng, scene.pool, rng.choices(["yes", "no", "open"], [55, 33, 12 if scene.pool.u else 0])[0], held_out, True
        )
        at_front = text.startswith(("In ", "For ", "Among ", used.text[:1].upper() + used.text[1:]))
        if at_front and text.endswith(".") and ":" not in text:
            text = f"{text[:-1]}{', ' if second.inverse and rng.random() < 0.5 else ' '}{second.text}."
        elif not at_front and text[1:2].islower() and ":" not in text:
            text = f"{second.text[0].upper()}{second.text[1:]}, {text[0].lower()}{text[1:]}"
        else:
            second = None
    if rng.random() < 0.12 and text.endswith(".") and relevant:
        text = (
            text[:-1]
            + (
                rng.choice(TAILS).replace("<D>", rng.choice(scene.roles["d"]))
                if rng.random() < 0.6
                else rng.choice(REASONS).replace("<K>", rng.choice([*scene.pool.n, *scene.pool.c]))
            )
            + "."
        )
    if "<O>" in text or "<G>" in text or "<S>" in text:
        good = "<G>" in text
        bad = rng.choice([*scene.pool.n, *scene.pool.c]) if rng.random() < 0.3 else rng.choice(BAD)
        if rng.random() < 0.2:
            bad += rng.choice([" or ", " and "]) + rng.choice([*BAD, *scene.pool.n])
        text = text.replace("<O>", bad).replace("<G>", rng.choice(GOOD))
        up = None
        if kind != "trial_either":
            up = any(
                w in text
                for w in (
                    "raised",
                    "increased",
                    "improved",
                    "doubled",
                    "higher",
                    "more frequent",
                    "worsened",
                    "More ",
                    "more ",
                    "favouring",
                )
            )
            up = not up if ("did not" in text or "fail" in text) and not good else up
            if text.startswith("⟨y") and "favouring ⟨x" in text:
                up = True
        text = text.replace("<S>", statistics(rng, up))
    if used is not None and status == "yes":
        status, why, inverse, cites = used.status, used.why, used.inverse, used.cites
        if second is not None and status == "yes" and second.status != "yes":
            status, why, inverse, cites = second.status, second.why, second.inverse, second.cites
        elif second is not None and status == "yes":
            cites = (*cites, *second.cites)
    text = text[0].upper() + text[1:]
    if not relevant:
        return Draft(text, Mark("", "other"), heads[0] if heads and kind == "neutral" else "", ra)
    mark = _mark(kind, pkind, strength, hard, ra, rb, heads)
    if mark is None or blocked:
        return Draft(text, Mark("", "other"))
    if status == "no":
        return Draft(text, Mark("", "off", why=why), heads[0], ra)
    guard = f"{'unless' if inverse else 'if'}{why}" if status == "open" else ""
    mark = replace(mark, guard=guard)
    fit = partner or (cites[0] if cites and status == "yes" else why if guard and not inverse else "")
    if mark.side == "both":
        hx, hy = (heads[0], heads[1]) if ra == "x" else (heads[1], heads[0])
        texts = "|".join(_claim(mark, h, "", fit, bool(partner)) for h in (hx, hy))
        return Draft(text, replace(mark, about=(hx, hy), claim=texts), "", "")
    head = heads[0] if ra == mark.side else heads[1]
    rival = next((h for h in heads if h != head), "")
    alone = heads[0] if len(heads) == 1 else ""
    return Draft(text, replace(mark, about=(head,), claim=_claim(mark, head, rival, fit, bool(partner))), alone, ra)


def _mark(kind: str, pkind: str, strength: str, hard: bool, ra: str, rb: str, heads: list[str]) -> Mark | None:
    """Act, side and level of a sentence about these roles; None: nothing about the plans' difference."""
    grade = "low"
    if pkind == "recommendation":
        grade = "strong" if strength == "strong" else "weak"
    elif pkind == "table":
        grade = "weak"
    bar = "bar" if hard or grade == "strong" else grade
    pair = {ra, rb} if len(heads) > 1 else {ra}
    if kind in ("either", "trial_either", "against_both"):
        act = "against" if kind == "against_both" else "for"
        level = "bar" if act == "against" else grade
        if pair == {"x", "y"}:
            return Mark("", act, "both", level)
        side = next((s for s in "xy" if s in pair), "")
        return Mark("", act, side, level) if side else None
    if kind in ("prefer", "trial_better"):
        if ra in "xy":
            return Mark("", "for", ra, grade, over=rb in "xy")
        if rb in "xy":
            return Mark("", "against", rb, "weak" if grade in ("strong", "weak") else "low")
        return None
    if ra not in "xy":
        return None
    if kind in ("for", "trial_for"):
        return Mark("", "for", ra, grade)
    if kind == "trial_against":
        return Mark("", "against", ra, "low" if grade == "low" else grade if grade == "weak" else "bar")
    return Mark("", "against", ra, bar)


def _claim(mark: Mark, head: str, rival: str, fit: str, partner: bool) -> str:
    """A short sentence with symbols that the cited sentence holds."""
    tail = f" {'with' if partner else 'for' if mark.act == 'for' else 'in'}{fit}." if fit else "."
    if mark.act == "for":
        if mark.over:
            return f"{head} is preferred to{rival}{tail}"
        return f"{head} did better{tail.replace(' for', ' in')}" if mark.level == "low" else f"{head} is recommended{tail}"
    if mark.level == "low":
        return f"{head} did worse{tail}"
    return f"{head} should not be used{tail}" if mark.level == "bar" else f"{head} is not advised{tail}"


def passage(rng: random.Random, scene: Scene, held_out: bool) -> tuple[str, str, str, list[Draft]]:
    """(kind, strength, certainty, sentences)."""
    kind = rng.choices(["recommendation", "efficacy", "narrative", "table", "definition"], [66, 12, 13, 5, 4])[0]
    strength, certainty = "ungraded", "ungraded"
    if kind == "recommendation":
        strength = rng.choices(["strong", "conditional", "good practice", "ungraded"], [50, 32, 10, 8])[0]
        certainty = rng.choices(["high", "moderate", "low", "very low", "ungraded"], [30, 32, 22, 6, 10])[0]
    weights = DIRECT if kind in ("recommendation", "table") else TRIAL if kind == "efficacy" else TALK
    drafts: list[Draft] = []
    n = rng.choices([1, 2, 3], [58, 32, 10])[0]
    while len(drafts) < n:
        extra = rng.random()
        previous = drafts[-1] if drafts else None
        if previous and kind != "efficacy" and extra < 0.42 and previous.mark.act in ("for", "against", "off"):
            taken = any(d.mark.lifts for d in drafts)
            if extra < 0.26 and not taken and not previous.mark.guard:
                word = "lift" if rng.random() < 0.7 else "limit"
                want = rng.choices(["yes", "no", "open"], [45, 40, 15 if scene.pool.u else 0])[0]
                used = language.condition(rng, scene.pool, want)
                text = language.choose(rng, word, held_out).replace("<K>", used.text)
                text = text[0].upper() + text[1:]
                if previous.mark.act == "off":
                    mark = Mark("", "other")
                elif used.status == "open":
                    mark = Mark("", "lifts", lifts="previous", guard=f"{'if' if word == 'lift' else 'unless'}{used.why}")
                elif (used.status == "yes") == (word == "lift"):
                    mark = Mark("", "lifts", lifts="previous")
                else:
                    mark = Mark("", "off", why=used.why) if word == "lift" else Mark("", "other")
                drafts.append(Draft(text, mark))
                continue
            if extra >= 0.30 and previous.head and previous.role in "xyd" and previous.role:
                word = rng.choice(["anaphor_for", "anaphor_against"])
                want = rng.choices(["yes", "no", "open"], [50, 35, 15 if scene.pool.u else 0])[0]
                used = language.clause(rng, scene.pool, want, held_out)
                text = language.choose(rng, word, held_out).replace("<C>", used.text)
                base = _mark(
                    "for" if word == "anaphor_for" else "against_hard",
                    kind,
                    strength,
                    word != "anaphor_for",
                    previous.role,
                    "d",
                    [previous.head],
                )
                if base is None:
                    drafts.append(Draft(text, Mark("", "other"), previous.head, previous.role))
                elif used.status == "no":
                    drafts.append(Draft(text, Mark("", "off", why=used.why), previous.head, previous.role))
                else:
                    guard = f"{'unless' if used.inverse else 'if'}{used.why}" if used.status == "open" else ""
                    base = replace(base, guard=guard, names="previous")
                    fit = used.cites[0] if used.cites and used.status == "yes" else ""
                    drafts.append(
                        Draft(
                            text,
                            replace(base, about=(previous.head,), claim=_claim(base, previous.head, "", fit, False)),
                            previous.head,
                            previous.role,
                        )
                    )
                continue
        second = drafts and rng.random() < 0.5
        draft = sentence(rng, scene, rng.choice(["neutral", "other"]) if second else weighted(rng, weights), (kind, strength), held_out)
        if draft is not None:
            drafts.append(draft)
    return kind, strength, certainty, drafts


def plan(rng: random.Random, scene: Scene, side: str) -> tuple[dialect.SymbolicItem, ...]:
    """The plan's items: its own symbols with doses beside their drug, shared ones, stops of the other plan's drugs."""
    own = [s for s in scene.roles[side] if scene.types[s] != "class"]
    heads = [s for s in own if scene.types[s] in ("drug", "procedure")]
    doses = [s for s in own if scene.types[s] == "quantity"]
    shared = scene.roles["b"]
    items = []
    if scene.shape == "quantity" and shared:
        items.append(dialect.SymbolicItem(rng.choice(["start", "start", "continue", "change"]), shared[0] + "".join(doses)))
        rest = heads
    else:
        rest = heads[1:]
        if heads:
            action = "procedure" if scene.types[heads[0]] == "procedure" else rng.choice(["start", "start", "start", "continue", "change"])
            items.append(dialect.SymbolicItem(action, heads[0] + "".join(doses)))
        items += [dialect.SymbolicItem(rng.choice(["start", "continue"]), s) for s in shared[:2]]
    items += [dialect.SymbolicItem(rng.choice(["start", "continue"]), s) for s in rest]
    other = of_type(scene, "y" if side == "x" else "x", ("drug",))
    if other and rng.random() < 0.15:
        items.append(dialect.SymbolicItem("stop", other[0]))
    if rng.random() < 0.08:
        items.append(
            dialect.SymbolicItem(
                rng.choice(["monitor", "refer", "observe"]), rng.choice(["renal function", "weekly", "to the clinic", "blood pressure", ""])
            )
        )
    rng.shuffle(items)
    return tuple(items)


@dataclass
class Sample:
    """A prompt, its answer, and what shallow readers may count."""

    prompt: dialect.SymbolicPrompt
    think: str
    answer: str
    outcome: str
    cites: list[str]
    tally: int
    """Mentions of x's symbols less y's."""


def compose(rng: random.Random, held_out: bool, passages: int | None = None) -> Sample:
    """One random case."""
    scene = cast(rng)
    p = passages if passages is not None else rng.choices([0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 8, 10, 14, 18, 18, 14, 10, 8])[0]
    parts = [passage(rng, scene, held_out) for _ in range(p)]
    marks: list[Mark] = []
    shown = []
    for i, (kind, strength, certainty, drafts) in enumerate(parts, 1):
        for j, draft in enumerate(drafts, 1):
            mark = replace(draft.mark, sentence=f"E{i}.{j}")
            before = f"E{i}.{j - 1}"
            if mark.names and marks and marks[-1].names:
                before = marks[-1].names
            marks.append(replace(mark, lifts=f"E{i}.{j - 1}" if mark.lifts else "", names=before if mark.names else ""))
        shown.append(dialect.SymbolicPassage(kind, strength, certainty, tuple(d.text for d in drafts)))
    result = answer(marks)
    main = rng.choice(scene.pool.c)
    question = rng.choice(QUESTIONS).replace("<K>", main).replace("<A>", rng.choice([s for r in "xyb" for s in scene.roles[r]]))
    case = dialect.SymbolicCase(rng.randint(18, 95), rng.choice(["female", "male"]), tuple(scene.pool.c), tuple(scene.roles["m"]))
    prompt = dialect.SymbolicPrompt(case, question, plan(rng, scene, "x"), plan(rng, scene, "y"), tuple(shown))
    body = json.dumps(
        {"outcome": result.outcome, "claims": list(result.claims), "missing": list(result.missing)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    text = " ".join(s for part in shown for s in part.sentences)
    tally = len([m for m in dialect.SYMBOL.finditer(text) if m.group(1) == "x"]) - len(
        [m for m in dialect.SYMBOL.finditer(text) if m.group(1) == "y"]
    )
    cited = [str(c) for claim in result.claims for c in claim["cites"]]  # type: ignore[attr-defined]
    return Sample(prompt, "\n".join(result.notes), body, result.outcome, list(dict.fromkeys(cited)), tally)


def _cell(sample: Sample) -> str:
    return "x" if sample.tally > 0 else "y" if sample.tally < 0 else "="


def samples(count: int, seed: int, held_out: bool = False, passages: int | None = None) -> Iterator[Sample]:
    """Balanced cases: outcomes near TARGET, and neither side more often right when its treatments are named more often."""
    rng = random.Random(f"{seed}/{held_out}")
    made: Counter[str] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    total = 0
    while total < count:
        s = compose(rng, held_out, passages)
        if made[s.outcome] > TARGET[s.outcome] * (total + 40):
            continue
        cell = _cell(s)
        if s.outcome in ("supports_x", "supports_y"):
            other = "supports_y" if s.outcome == "supports_x" else "supports_x"
            if cells[cell, s.outcome] > cells[cell, other] * 1.15 + 10:
                continue
        made[s.outcome] += 1
        cells[cell, s.outcome] += 1
        total += 1
        yield s


def record(sample: Sample, rng: random.Random | None = None) -> dict[str, object]:
    """JSON line; with `rng` in the plain variant (made-up names instead of symbols)."""
    text = dialect.render(sample.prompt)
    out: dict[str, object] = {
        "prompt": text,
        "think": sample.think,
        "answer": sample.answer,
        "outcome": sample.outcome,
        "cites": sample.cites,
    }
    if rng is not None:
        lookup = names.invent(rng, dialect.symbols_in(text))
        out |= {k: dialect.restore(str(out[k]), lookup) for k in ("prompt", "think", "answer")}
    return out


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("out")
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--held-out", action="store_true")
    p.add_argument("--plain", action="store_true")
    p.add_argument("--passages", type=int)
    a = p.parse_args()
    rng = random.Random(a.seed)
    with open(a.out, "w", encoding="utf-8") as f:
        for s in samples(a.count, a.seed, a.held_out, a.passages):
            f.write(json.dumps(record(s, rng if a.plain else None), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
