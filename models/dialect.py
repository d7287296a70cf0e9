"""The `symbols` dialect: what a delexicalised prompt looks like and what the answer must look like.

Used by the generator that trains the bundled model and by the arbitration that prompts it, so both speak alike.
Pure text: finding drugs, conditions and thresholds in real sentences is the caller's work. Imports nothing of ours.

A symbol is one token, `⟨x1⟩`. Its letter says how the thing relates to this patient and these two plans:
`x` only Plan X gives it, `y` only Plan Y, `b` both, `m` a current medicine outside both plans, `d` any other treatment;
`c` a condition the patient has (or a threshold met), `n` one the patient is not recorded to have (or not met),
`u` one that cannot be decided because a value is missing. A drug one plan stops is the other plan's (`y` where X stops it).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VERSION = "symbols-2"

ROLES: dict[str, int] = {"x": 6, "y": 6, "b": 6, "m": 6, "d": 12, "c": 8, "n": 12, "u": 4}
"""Role letter -> how many symbols of it the model knows."""

MAX_PASSAGES = 12
MAX_SENTENCES = 5
"""Sentences a passage can show; longer passages are cut by the caller."""

OUTCOMES = ("supports_x", "supports_y", "both_acceptable", "neither", "insufficient_evidence", "need_data")
MAX_CLAIMS = 5
MAX_CLAIM_TEXT = 160

SYMBOL = re.compile(r"⟨([xybmdcnu])(\d{1,2})⟩")


def symbol(role: str, index: int) -> str:
    """`symbol("x", 1) == "⟨x1⟩"`; refuses what the model has no token for."""
    if not 1 <= index <= ROLES[role]:
        raise ValueError(f"no symbol {role}{index}: {role} runs from 1 to {ROLES[role]}")
    return f"⟨{role}{index}⟩"


def alphabet() -> list[str]:
    """Every symbol, in the order of the vocabulary."""
    return [symbol(role, i) for role, n in ROLES.items() for i in range(1, n + 1)]


def sentence_ids() -> list[str]:
    """Every passage id and sentence id that is one token: E1, E1.1 ..."""
    ids = [f"E{p}" for p in range(1, MAX_PASSAGES + 1)]
    return ids + [f"E{p}.{s}" for p in range(1, MAX_PASSAGES + 1) for s in range(1, MAX_SENTENCES + 1)]


@dataclass(frozen=True)
class SymbolicCase:
    """The patient: conditions and medicines as symbols."""

    age: int | None
    sex: str
    has: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SymbolicItem:
    """One plan item: an action word and what it acts on, e.g. `start` `⟨x1⟩⟨x2⟩`."""

    action: str
    text: str


@dataclass(frozen=True)
class SymbolicPassage:
    """One passage: its kind, strength and certainty in the words of retrieval, and its sentences."""

    kind: str
    strength: str
    certainty: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class SymbolicPrompt:
    """Everything the model reads of one question at issue."""

    case: SymbolicCase
    question: str
    x: tuple[SymbolicItem, ...]
    y: tuple[SymbolicItem, ...]
    passages: tuple[SymbolicPassage, ...]


def tighten(text: str) -> str:
    """One line, single spaces, none before a symbol (a space before a symbol would cost a token)."""
    return re.sub(r"\s+(?=⟨[xybmdcnu]\d{1,2}⟩)", "", re.sub(r"\s+", " ", text)).strip()


def _items(items: Sequence[SymbolicItem]) -> str:
    return "; ".join(tighten(f"{item.action} {item.text}") for item in items) or "no treatment"


def _case(case: SymbolicCase) -> str:
    age = "age unknown" if case.age is None else str(case.age)
    parts = [f"{age} {case.sex}".strip()]
    if case.has:
        parts.append("has" + "".join(case.has))
    if case.takes:
        parts.append("takes" + "".join(case.takes))
    return "; ".join(parts)


def render(prompt: SymbolicPrompt) -> str:
    """The user turn. Passage n is `En`, its sentence m is `En.m`."""
    if len(prompt.passages) > MAX_PASSAGES:
        raise ValueError(f"{len(prompt.passages)} passages, the dialect has room for {MAX_PASSAGES}")
    lines = [
        f"Case: {_case(prompt.case)}",
        f"Question: {tighten(prompt.question)}",
        f"X: {_items(prompt.x)}",
        f"Y: {_items(prompt.y)}",
    ]
    for p, passage in enumerate(prompt.passages, 1):
        if len(passage.sentences) > MAX_SENTENCES:
            raise ValueError(f"passage E{p} has {len(passage.sentences)} sentences, the dialect has room for {MAX_SENTENCES}")
        graded = passage.kind == "recommendation"
        lines.append(f"E{p} {passage.kind} {passage.strength} {passage.certainty}" if graded else f"E{p} {passage.kind}")
        # the id closes its sentence, like a citation mark: a small decoder can sum the sentence up there and find it again by its id
        lines += [f"{tighten(text)}E{p}.{s}" for s, text in enumerate(passage.sentences, 1)]
    return "\n".join(lines)


def ids_of(prompt: SymbolicPrompt) -> list[str]:
    """Sentence ids that the prompt shows."""
    return [f"E{p}.{s}" for p, passage in enumerate(prompt.passages, 1) for s in range(1, len(passage.sentences) + 1)]


def symbols_in(text: str, role: str = "xybmdcnu") -> list[str]:
    """Symbols of these roles, in order of first appearance."""
    return list(dict.fromkeys(m.group(0) for m in SYMBOL.finditer(text) if m.group(1) in role))


def answer_schema(ids: Sequence[str], missing_symbols: Sequence[str]) -> dict[str, Any]:
    """JSON schema of the answer for a prompt that shows these sentences and these `u` symbols.

    Key order is the order of the properties; a grammar built from it admits no other id or symbol.
    """
    missing: dict[str, Any] = {"type": "array", "maxItems": len(missing_symbols), "items": {"enum": list(missing_symbols)}}
    if not missing_symbols:
        missing = {"type": "array", "maxItems": 0, "items": {"type": "string"}}
    claims: dict[str, Any] = {
        "type": "array",
        "maxItems": MAX_CLAIMS if ids else 0,
        "items": {
            "type": "object",
            "properties": {
                "side": {"enum": ["x", "y"]},
                "direction": {"enum": ["for", "against"]},
                "text": {"type": "string", "maxLength": MAX_CLAIM_TEXT},
                "cites": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"enum": list(ids) or ["E1.1"]}},
            },
            "required": ["side", "direction", "text", "cites"],
            "additionalProperties": False,
        },
    }
    outcomes = [o for o in OUTCOMES if o != "need_data" or missing_symbols]
    return {
        "type": "object",
        "properties": {"outcome": {"enum": outcomes}, "claims": claims, "missing": missing},
        "required": ["outcome", "claims", "missing"],
        "additionalProperties": False,
    }


def restore(text: str, names: Mapping[str, str]) -> str:
    """Symbols back to their words, with the space before them; a symbol without a name stays visible."""

    def put(match: re.Match[str]) -> str:
        name = names.get(match.group(0), match.group(0))
        before = text[: match.start()]
        return name if not before or before[-1] in " \n([/-\"'" else f" {name}"

    return SYMBOL.sub(put, text)


def strip_symbols(text: str) -> str:
    """Untrusted text without anything that could be read as a symbol or a sentence id."""
    text = text.replace("⟨", "(").replace("⟩", ")").replace("<｜", "< ").replace("｜>", " >").replace("｜", "|")
    return re.sub(r"\bE(?=\d)", "E ", re.sub(r"<(?=/?think>)", "< ", text))
