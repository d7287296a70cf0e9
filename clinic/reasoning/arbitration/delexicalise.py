"""From words to symbols (placeholder until the full reading of sentences lands)."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Dispute
from retrieval.types import Formulary, Glossary


@dataclass(frozen=True)
class Symbolic:
    """`prompt`: a models.dialect.SymbolicPrompt; `names`: symbol -> words; `ids`: sentence id in the prompt -> id in the evidence;
    `missing`: the u symbols."""

    prompt: Any
    names: dict[str, str]
    ids: dict[str, str]
    missing: tuple[str, ...]


def delexicalise(dispute: Dispute, evidence: Evidence, formulary: Formulary, glossary: Glossary, dialect: ModuleType) -> Symbolic:
    raise LookupError("delexicalise is not written yet")
