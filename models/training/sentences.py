"""One sentence of a generated passage, with the mark it earns: wordings filled with the cast, conditions and clauses."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from models.training import language, names
from models.training.language import Condition
from models.training.rule import Mark
from models.training.scene import Scene, entity, of_type, statistics

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

TAILS = (
    ", because it is better tolerated", ", the choice led by coexisting disease", ", after weighing the person's wishes and bleeding risk", ", since cure rates were higher", ", where local resistance is below 20%",
    " in expert hands", " for at most 6 cycles", " only where resistance is low", " from 6 months of age", ", then review", " as part of treatment", ", so that a reduced dose of <D> can go on", " to 5 mg a dose", " after discussing risks and benefits", ", with regular review", ", and explain why", " where possible", ", whatever the age", ", as trials show",
    ", and review after a month", ", in line with local policy", ", since harm is rare", ", and record the reason", ", provided follow-up is sure", " in most adults", ", unless bleeding risk is high or <D> is needed", ", when the patient accepts it", ", so that <D> can go on", " from age 12", " together with diet", ", with or without <D>", ", whatever the cause", " in the same admission", ", with monitoring of renal function", " as soon as possible",
)  # fmt: skip

REASONS = (
    " to prevent <K>", ", because it lowers the risk of <K>", ", as <K> is rare", ", since it prevents <K>", " for prevention of <K>", ", because <K> is less frequent",
    " to lower the risk of <K>", ", which may cause <K>", ", even though <K> may occur", ", and watch for <K>", ", and ask about <K>",
)  # fmt: skip
"""Goals and reasons that name a condition the patient need not have."""

QUANTITY = {"for": "qty_for", "against_hard": "qty_against", "against_soft": "qty_against", "prefer": "qty_prefer", "either": "qty_either"}


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
                    "rose",
                    "excess",
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
    mark = mark_of(kind, "efficacy" if kind.startswith("trial") else pkind, strength, hard, ra, rb, heads)
    if mark is None or blocked:
        return Draft(text, Mark("", "other"))
    if status == "no":
        return Draft(text, Mark("", "off", why=why), heads[0], ra)
    guard = f"{'unless' if inverse else 'if'}{why}" if status == "open" else ""
    mark = replace(mark, guard=guard)
    fit = partner or (cites[0] if cites and status == "yes" else why if guard and not inverse else "")
    if mark.side == "both":
        hx, hy = (heads[0], heads[1]) if ra == "x" else (heads[1], heads[0])
        texts = "|".join(claim_of(mark, h, "", fit, bool(partner)) for h in (hx, hy))
        return Draft(text, replace(mark, about=(hx, hy), claim=texts), "", "")
    head = heads[0] if ra == mark.side else heads[1]
    rival = next((h for h in heads if h != head), "")
    alone = heads[0] if len(heads) == 1 else ""
    return Draft(text, replace(mark, about=(head,), claim=claim_of(mark, head, rival, fit, bool(partner))), alone, ra)


def mark_of(kind: str, pkind: str, strength: str, hard: bool, ra: str, rb: str, heads: list[str]) -> Mark | None:
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


def claim_of(mark: Mark, head: str, rival: str, fit: str, partner: bool) -> str:
    """A short sentence with symbols that the cited sentence holds."""
    tail = f" {'with' if partner else 'for' if mark.act == 'for' else 'in'}{fit}." if fit else "."
    if mark.act == "for":
        if mark.over:
            return f"{head} is preferred to{rival}{tail}"
        return f"{head} did better{tail.replace(' for', ' in')}" if mark.level == "low" else f"{head} is recommended{tail}"
    if mark.level == "low":
        return f"{head} did worse{tail}"
    return f"{head} should not be used{tail}" if mark.level == "bar" else f"{head} is not advised{tail}"
