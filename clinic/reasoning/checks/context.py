"""What every check of a claim is given."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.reasoning.claims import Claim
from clinic.reasoning.evidence import Evidence
from retrieval.types import Formulary, Glossary


@dataclass(frozen=True, slots=True)
class Context:
    """A claim, the sentence ids the model gave for it, and the words of those sentences joined."""

    claim: Claim
    cited: tuple[str, ...]
    evidence: Evidence
    formulary: Formulary
    glossary: Glossary
    has: frozenset[str] | None = None
    """What the patient is recorded to have; None where no patient is known."""

    @property
    def words(self) -> str:
        return " ".join(citation.quote for citation in self.claim.citations)
