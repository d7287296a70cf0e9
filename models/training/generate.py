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
from models.training.rule import Mark, answer
from models.training.scene import Scene, cast, of_type, weighted
from models.training.sentences import BAD, GOOD, Draft, claim_of, mark_of, sentence

TARGET = {
    "supports_x": 0.235,
    "supports_y": 0.235,
    "both_acceptable": 0.13,
    "neither": 0.11,
    "insufficient_evidence": 0.14,
    "need_data": 0.15,
}
"""Share of each outcome: `insufficient` and `need_data` must be frequent enough to be learnt, sides the commonest."""

QUESTIONS = (
    "Which treatment for <K>?", "What should be given for <K>?", "Which drug first?", "How to manage <K>?", "Start treatment or wait?", "Which dose?", "For how long?",
    "Which agent in <K>?", "Is <A> needed?", "Should <A> be stopped?", "Which therapy after <K>?", "What is the next step?", "Which prophylaxis?", "When to operate?",
    "Which antibiotic and how long?", "How to lower the risk?", "Add a second drug?", "Which option with <K>?", "Continue or change?", "Which prevention for <K>?",
)  # fmt: skip

DIRECT = {  # kind of sentence -> how often a recommendation says it
    "for": 25, "against_hard": 15, "against_soft": 10, "prefer": 16, "either": 8, "against_both": 3, "interaction": 7, "neutral": 6, "other": 4,
}  # fmt: skip
GOING_ON = (
    "This",
    "These",
    "That",
    "It ",
    "They",
    "Unless",
    "Except",
    "Otherwise",
    "Not ",
    "But not",
    "However",
    "The exception",
    "Exceptions",
)
TRIAL = {"trial_better": 9, "trial_for": 6, "trial_against": 5, "trial_either": 5}
ORDER = ("recommendation", "table", "efficacy", "definition", "narrative")
"""In which kinds of passage the product shows them."""
SHOWN = 0.85
"""Share of cases laid out as the product does: few sentences, ordered by kind, nearly all naming a plan's own treatment."""
FOREIGN = 0.35
"""Share of the sentences about other patients that the product's own filter misses."""

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
            if extra >= 0.36 and previous.head and previous.role in ("x", "y", "d"):
                if (draft := in_a_trial(rng, scene, previous, held_out)) is not None:
                    drafts.append(draft)
                continue
            if extra >= 0.30 and previous.head and previous.role in ("x", "y", "d"):
                word = rng.choice(["anaphor_for", "anaphor_against"])
                want = rng.choices(["yes", "no", "open"], [50, 35, 15 if scene.pool.u else 0])[0]
                used = language.clause(rng, scene.pool, want, held_out)
                text = language.choose(rng, word, held_out).replace("<C>", used.text)
                base = mark_of(
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
                            replace(base, about=(previous.head,), claim=claim_of(base, previous.head, "", fit, False)),
                            previous.head,
                            previous.role,
                        )
                    )
                continue
        second = drafts and rng.random() < 0.5
        told = weighted(rng, {"neutral": 5, "other": 3, **TRIAL}) if second else weighted(rng, weights)
        draft = sentence(rng, scene, told, (kind, strength), held_out)
        if draft is not None:
            drafts.append(draft)
    return kind, strength, certainty, drafts


def in_a_trial(rng: random.Random, scene: Scene, previous: Draft, held_out: bool) -> Draft | None:
    """`In ⟨trial⟩ it prevented stroke better than ⟨y1⟩`: of the one treatment of the sentence before."""
    rivals = [(s, r) for r in "xyd" for s in of_type(scene, r, ("drug", "class", "procedure")) if r != previous.role]
    if not rivals or previous.mark.act == "off":
        return None
    rival, role = rng.choice(rivals)
    text = language.choose(rng, "anaphor_trial", held_out).replace("<B>", rival)
    text = text.replace("<T>", names.trial(rng)).replace("<O>", rng.choice(BAD)).replace("<G>", rng.choice(GOOD))
    mark = mark_of("trial_better", "efficacy", "", False, previous.role, role, [previous.head, rival])
    text = text[0].upper() + text[1:]
    if mark is None:
        return Draft(text, Mark("", "other"))
    own = previous.head if mark.side == previous.role else rival
    claim = claim_of(mark, own, rival if own == previous.head else previous.head, "", False)
    return Draft(text, replace(mark, names="previous", about=(own,), claim=claim), "", "")


def as_shown(rng: random.Random, drafts: list[Draft]) -> list[Draft]:
    """What of a passage the product would show: sentences that name a plan's own treatment, with those that go on from them."""
    kept: list[Draft] = []
    follows = False
    for draft in drafts:
        goes_on = bool(draft.mark.lifts or draft.mark.names) or (follows and draft.text.startswith(GOING_ON))
        foreign = draft.mark.act == "off" and draft.mark.why.startswith("⟨n") and rng.random() > FOREIGN
        follows = follows if goes_on else bool(dialect.symbols_in(draft.text, "xy")) and not foreign
        if follows:
            kept.append(draft)
    return kept


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
    parts: list[tuple[str, str, str, list[Draft]]] = [passage(rng, scene, held_out) for _ in range(p)]
    if rng.random() < SHOWN:
        cut = [(kind, strength, certainty, as_shown(rng, drafts)) for kind, strength, certainty, drafts in parts]
        parts = sorted([one for one in cut if one[3]], key=lambda one: ORDER.index(one[0]))
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
