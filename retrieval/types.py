"""The values retrieval hands out: passages of sources, drug records, and the seams to look them up.

Pure values (pydantic, frozen): no Chroma, no LangChain, no I/O. `clinic.reasoning` may import this module.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitKind(StrEnum):
    """What a passage is; the order of members is the order in which evidence is shown."""

    RECOMMENDATION = "recommendation"
    TABLE = "table"
    EFFICACY = "efficacy"
    DEFINITION = "definition"
    NARRATIVE = "narrative"


class Strength(StrEnum):
    """Strength of a recommendation in GRADE's words."""

    STRONG = "strong"
    CONDITIONAL = "conditional"
    GOOD_PRACTICE = "good practice"
    UNGRADED = "ungraded"


class Certainty(StrEnum):
    """Certainty of the evidence in GRADE's words."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very low"
    UNGRADED = "ungraded"


class Sentence(Value):
    """One sentence of a passage; `start` and `end` are character offsets in the source's text."""

    text: str
    start: int
    end: int


class Passage(Value):
    """A citable unit of one source version. `id` is a content hash (16 hex digits)."""

    id: str
    source: str
    """Slug of the source, the same for all its versions."""
    version: str
    organisation: str
    title: str
    effective: str
    """ISO date."""
    language: str
    """BCP 47: en, ko, zh."""
    section: tuple[str, ...]
    kind: UnitKind
    label: str = ""
    """For example R7, the recommendation's number within its source."""
    text: str
    sentences: tuple[Sentence, ...]
    start: int
    end: int
    page: int | None = None
    strength: Strength = Strength.UNGRADED
    certainty: Certainty = Certainty.UNGRADED
    reference: str = ""
    """The published source of the fact, as the guideline's front matter words it."""
    conditions: tuple[str, ...] = ()
    population: str = ""
    """Whom a recommendation is for, in its own words, where it says so."""
    translation_of: str = ""
    """Slug of the source that this one translates, if its front matter names one."""


class Hit(Value):
    """A passage found for a query, with its fused score and the rank each searcher gave it (1-based, 0 = not found)."""

    passage: Passage
    score: float
    dense_rank: int = 0
    lexical_rank: int = 0


class Severity(StrEnum):
    """FHIR DetectedIssue.severity."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"


class Amount(Value):
    """A quantity of drug, e.g. 10 mg."""

    value: float
    unit: str


class Dose(Value):
    """A usual dose for one indication."""

    indication: str
    amount: float
    unit: str
    route: str
    frequency: str
    """For example `once daily`, `twice daily`, `every 8 hours`."""
    duration: str = ""
    note: str = ""


class RenalLimit(Value):
    """What to do when kidney function (eGFR or creatinine clearance, mL/min) is below `below`."""

    below: float
    action: Literal["avoid", "reduce", "caution"]
    max_daily: Amount | None = None
    text: str


class HepaticLimit(Value):
    """What to do from this Child-Pugh class on."""

    child_pugh: Literal["A", "B", "C"]
    action: Literal["avoid", "reduce", "caution"]
    text: str


class Fetal(Value):
    """Use in pregnancy or lactation."""

    advice: Literal["avoid", "caution", "compatible", "unknown"]
    text: str = ""


class Contraindication(Value):
    """A problem in which the drug must not (high) or should not (moderate) be used."""

    condition: str
    severity: Severity
    text: str


class Interaction(Value):
    """Interaction with another drug (`other` = its name) or class (`other` = its class, e.g. `NSAID`)."""

    other: str
    severity: Severity
    mechanism: str
    text: str
    source: str = ""
    """Of a rule (see retrieval/mechanisms.py): its published source. Empty where the drug's own record speaks."""


class Efficacy(Value):
    """One result of one trial or meta-analysis."""

    indication: str
    comparator: str
    outcome: str
    measure: str
    """HR, RR, OR, RD, MD ..."""
    effect: float
    ci: tuple[float, float] | None = None
    """95 % confidence interval."""
    n: int | None = None
    population: str = ""
    trial: str
    year: int
    favours: Literal["drug", "comparator", "neither"]


class DrugRecord(Value):
    """One drug of the Formulary."""

    name: str
    """International nonproprietary name, lower case."""
    atc: str
    drug_class: str
    classes: tuple[str, ...] = ()
    """Further class names by which interactions and allergies may refer to it."""
    brands: tuple[str, ...] = ()
    names: dict[str, str] = {}
    """Name by language, e.g. {'ko': '...', 'zh': '...'}."""
    indications: tuple[str, ...]
    doses: tuple[Dose, ...] = ()
    max_daily: Amount | None = None
    """The highest daily dose in any labelled use, for adults."""
    max_daily_per_kg: Amount | None = None
    """The highest daily dose for each kilogram; the lower of both maxima holds."""
    min_daily: Amount | None = None
    """The lowest daily dose that works in any labelled use, where a label states one."""
    renal: tuple[RenalLimit, ...] = ()
    hepatic: tuple[HepaticLimit, ...] = ()
    pregnancy: Fetal
    lactation: Fetal
    contraindications: tuple[Contraindication, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    allergy_groups: tuple[str, ...] = ()
    """Cross-reactivity groups, e.g. `penicillins`, `sulfonamide antibiotics`."""
    min_age_years: float | None = None
    efficacy: tuple[Efficacy, ...] = ()
    label: dict[str, str] = {}
    """Sections of a product label, verbatim, where they are not structured (names: drug_readers/draft.py). For people; no check reads it."""
    sources: tuple[str, ...]


class KnownDrug(Value):
    """A drug without a record, known by its class alone (see retrieval/drug_index.py)."""

    name: str
    drug_class: str
    classes: tuple[str, ...] = ()
    """Wider classes and groups of mechanisms."""
    source: str


class Formulary(Protocol):
    """Exact drug facts: looked up, never searched by similarity."""

    digest: str

    def find(self, name: str) -> DrugRecord | None:
        """By name, brand, ATC code or translated name; case and space do not matter."""

    def inn(self, name: str) -> str:
        """The INN of any drug known here, with a record or by its class alone; empty if it is not known."""

    def known(self, name: str) -> KnownDrug | None:
        """A drug that has no record and is known by its class alone; None if it has one, or is not known at all."""

    def interactions_known(self, name: str) -> bool:
        """Whether finding no interaction of the drug means something."""

    def suggest(self, name: str, limit: int = 5) -> list[str]:
        """Names close to a misspelt one."""

    def mentioned(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, INN) of every drug named in the text, left to right, not overlapping."""

    def interactions(self, a: str, b: str) -> list[Interaction]:
        """Between two drugs, from either record, the worst first."""

    def names(self) -> list[str]:
        """All INNs, sorted."""


class Glossary(Protocol):
    """Clinical conditions by any of their names."""

    def canonical(self, name: str) -> str:
        """The condition's one English name, or the folded input if unknown."""

    def mentioned(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, canonical name) of every condition named, left to right, not overlapping."""

    def expand(self, text: str) -> list[str]:
        """Synonyms, abbreviations and translations of the terms in the text, for search."""


class Library(Protocol):
    """A published index generation, opened read-only."""

    digest: str

    def search(self, query: str, limit: int = 12, language: str | None = None) -> list[Hit]:
        """Best first. Superseded sources are not in a generation. An empty query gives []."""

    def passage(self, passage_id: str) -> Passage | None: ...

    def __len__(self) -> int: ...


class Embedder(Protocol):
    """Text to unit vectors."""

    dimensions: int

    @property
    def digest(self) -> str: ...

    def embed(self, texts: list[str]) -> list[list[float]]: ...


@runtime_checkable
class QueryEmbedder(Embedder, Protocol):
    """One that reads questions otherwise than passages; `retrieval.embedding.query_vector` asks either."""

    def embed_query(self, text: str) -> list[float]: ...


class Reranker(Protocol):
    """Reads a question and a passage together."""

    digest: str

    def score(self, query: str, texts: list[str]) -> list[float]:
        """One number for each text, from 0 to 1, the higher the nearer to an answer."""
