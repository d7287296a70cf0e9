"""The cast of a generated disagreement: which symbols play which part, and how they are named in a sentence."""

from __future__ import annotations

import random
from dataclasses import dataclass

from models import dialect
from models.training.language import Pool


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
    own = [o for o in of_type(scene, role, ("drug", "class")) if o != head] if role in "xy" else []
    if plain_only or shape < 0.635:
        return rng.choice(["{}", "{}", "{}", "{}", "an {}", "oral {}", "{} alone", "the drug {}"]).format(
            head
        ) if shape < 0.1 else head, head
    if shape < 0.665 and own:
        return rng.choice([f"{head} with {own[0]}", f"{head} or another {own[0]}", f"{own[0]} with {head}", f"{head} and {own[0]}"]), head
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
