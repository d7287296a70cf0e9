"""Whether a disease is among a drug's labelled uses: by the glossary's one name, or named inside a narrower use.

`asthma exacerbation` is a use in asthma. A use that prevents something, or treats with something else, is not one in what it names.
"""

from __future__ import annotations

import regex

from retrieval.cleaning import fold
from retrieval.types import DrugRecord, Glossary

ALIASES = {
    "gilles de la tourette syndrome": "tourette syndrome",
    "acquired immunodeficiency syndrome": "hiv infection",
    "hematologic cancer": "leukaemia",
    "coronary artery disease": "coronary heart disease",
}
"""Names of other vocabularies that the glossary does not hold."""
ASIDE = regex.compile(r"^(?:prevention|prophylaxis|protection) |\b(?:prevention|prophylaxis|protection|co-treatment)$| in pregnancy$")
POSSESSIVE = regex.compile(r"['’]s\b")


def indicated(record: DrugRecord, disease: str, terms: Glossary) -> str:
    """The labelled use that covers the disease, or an empty text."""
    wanted = _name(disease, terms)
    for use in record.indications:
        if _name(use, terms) == wanted:
            return use
    for use in record.indications:
        if not ASIDE.search(fold(use)) and wanted in {_name(term, terms) for _, _, term in terms.mentioned(use)}:
            return use
    return ""


def _name(disease: str, terms: Glossary) -> str:
    plain = POSSESSIVE.sub("", fold(disease))
    return fold(terms.canonical(ALIASES.get(plain, disease if terms.canonical(disease) != fold(disease) else plain)))
