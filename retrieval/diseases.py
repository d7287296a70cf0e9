"""Diseases by any of their names, and which is a kind of which: `psoriatic arthritis` is an arthritis, `leukaemia` a cancer.

For the suite `indications` and for class knowledge; the checks on a patient compare by the glossary alone. `fixtures/diseases/kinds.yaml`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import regex
from pydantic import ValidationError

from retrieval import plain_yaml
from retrieval.cleaning import clean, fold
from retrieval.errors import SourceInvalid
from retrieval.types import Value

_MARKS = regex.compile(r"['’]s?\b|\([^)]*\)")
_PLURAL = regex.compile(r"(?<=[a-z]{3}[^siu\W])s\b")
_SPELLING = (
    (regex.compile(r"ae(?=m|t|s)|(?<=h)ae"), "e"),
    (regex.compile(r"\boe|(?<=rrh)oe|(?<=am)oe"), "e"),
    (regex.compile("(?<=tum)our"), "or"),
)
_CANCER = regex.compile(r"(?:adeno)?carcinoma|neoplasms?|tumors?|malignanc(?:y|ies)|cancers")
_FAMILY = (
    (regex.compile(r"cancer|sarcoma|lymphoma|leukemia|melanoma|glioma|blastoma|myeloma|metasta"), "cancer"),
    (regex.compile(r"leukemia"), "leukemia"),
    (regex.compile(r"lymphoma"), "lymphoma"),
    (regex.compile(r"arthriti"), "arthritis"),
    (regex.compile(r"epilep|seizure|convulsion"), "epilepsy"),
    (regex.compile(r"^(?!.*(?:pulmonary|portal|ocular|intracranial)).*hypertension"), "hypertension"),
    (regex.compile(r"depressi(?:on|ve)$|depressive disorder"), "depression"),
    (regex.compile(r"schizophren|psychosis|psychotic"), "psychotic disorder"),
    (regex.compile(r"bipolar|mania"), "bipolar disorder"),
    (regex.compile(r"anxiety|panic|phobi|obsessive"), "anxiety disorder"),
    (regex.compile(r"diabetes? mellitus|type [12] diabete"), "diabetes mellitus"),
    (regex.compile(r"dermatitis|eczema"), "dermatitis"),
    (regex.compile(r"anemia"), "anemia"),
    (regex.compile(r"cholesterol|lipid|triglycerid"), "hyperlipidemia"),
    (regex.compile(r"glaucoma"), "glaucoma"),
    (regex.compile(r"asthma"), "asthma"),
    (regex.compile(r"angina"), "angina pectoris"),
    (regex.compile(r"arrhythmia|tachycardia|fibrillation|flutter"), "arrhythmia"),
    (regex.compile(r"heart failure"), "heart failure"),
    (regex.compile(r"mycosis|candid|tinea|fungal|aspergill"), "fungal infection"),
    (regex.compile(r"pneumonia|bacter|staphylococc|streptococc|escherichia|klebsiella|abscess|cellulitis|sepsis|cystitis"), "bacterial infection"),
    (regex.compile(r"allerg|urticaria"), "allergy"),
    (regex.compile(r"\bpain\b|neuralgia|\w+algia$"), "pain"),
    (regex.compile(r"migraine|headache"), "headache"),
)  # fmt: skip
"""Words of a name -> the kind it belongs to, for diseases that the file does not hold."""


class Kinds(Value):
    """The file as it stands."""

    kinds: dict[str, tuple[str, ...]] = {}
    synonyms: dict[str, tuple[str, ...]] = {}
    eased: tuple[str, ...] = ()


class Diseases:
    """Names and kinds; everything in and out is a plain name (see `plain`)."""

    def __init__(self, kinds: Kinds) -> None:
        self._own = {plain(other): plain(name) for name, others in kinds.synonyms.items() for other in others}
        self._broader: dict[str, set[str]] = {}
        for broad, narrow in kinds.kinds.items():
            for one in narrow:
                self._broader.setdefault(self.name(one), set()).add(self.name(broad))
        self.eased = frozenset(self.name(one) for one in kinds.eased)

    def name(self, disease: str) -> str:
        """The one plain name of a disease."""
        found = plain(disease)
        return self._own.get(found, found)

    def broader(self, disease: str) -> frozenset[str]:
        """The disease's plain name and every kind it belongs to."""
        start = self.name(disease)
        found, waiting = {start}, [start]
        known = self._known
        while waiting:
            one = waiting.pop()
            kinds = self._broader.get(one, set()) if one in known else {self.name(kind) for words, kind in _FAMILY if words.search(one)}
            waiting += kinds - found
            found |= kinds
        return frozenset(found)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._broader) | frozenset(one for kinds in self._broader.values() for one in kinds)


def plain(name: str) -> str:
    """Folded, American, in the singular, in natural order: `Arthritis, Rheumatoid` and `rheumatoid arthritis` are one."""
    found = _MARKS.sub("", fold(name)).replace("-", " ")
    found = _PLURAL.sub("", " ".join(reversed([part.strip() for part in found.split(",")])))
    for pattern, letters in _SPELLING:
        found = pattern.sub(letters, found)
    return " ".join(_CANCER.sub("cancer", found).split())


def load_diseases(path: Path) -> Diseases:
    """The kinds of a file; an error names the field."""
    try:
        return Diseases(Kinds.model_validate(plain_yaml.load(clean(path.read_text(encoding="utf-8-sig")), path.name)))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SourceInvalid(path.name, str(first["msg"]), field=field, remedy="See retrieval/diseases.py: Kinds.") from error
