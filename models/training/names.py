"""Made-up names for the plain variant of a case: drugs, conditions, quantities. None is a real drug."""

from __future__ import annotations

import random

_ON = "ba be bi bo bra ca ce co da de di do dra el fe fi flu ga ge glo ha he il ka ke la le li lo ma me mi mo na ne ni no o pa pe pi pra ra re ri ro sa se si ta te ti tra u va ve vi xa ze zo".split()
_END = "mab nib pril sartan olol statin cillin mycin floxacin gliptin tidine zole prazole parin xaban dipine zepam oxetine triptan vir lukast terol zine mide one ine ate".split()
_BODY = "renal cardiac hepatic pulmonary gastric cerebral vascular ocular dermal spinal thyroid adrenal pelvic nasal biliary".split()
_ILL = "failure stenosis fibrosis infection insufficiency ischaemia inflammation obstruction atrophy bleeding ulcer swelling abscess injury disease".split()
_GRADE = ["acute ", "chronic ", "severe ", "mild ", "recurrent ", ""]


def _drug(rng: random.Random) -> str:
    return "".join(rng.choices(_ON, k=rng.randint(1, 3))) + rng.choice(_END)


def _condition(rng: random.Random) -> str:
    return f"{rng.choice(_GRADE)}{rng.choice(_BODY)} {rng.choice(_ILL)}"


def invent(rng: random.Random, symbols: list[str]) -> dict[str, str]:
    """A distinct name for every symbol."""
    out: dict[str, str] = {}
    for s in symbols:
        while True:
            name = _condition(rng) if s[1] in "cnu" else _drug(rng)
            if name not in out.values():
                break
        out[s] = name
    return out


def trial(rng: random.Random) -> str:
    """An invented trial acronym."""
    name = "".join(rng.choices(_ON, k=rng.randint(2, 3))).upper()
    return name + rng.choice(["", "", "-2", "-3", " II", "-HF", "-AF"])
