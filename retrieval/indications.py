"""Whether a disease is among a drug's labelled uses: by the glossary's one name, or as a wider or narrower wording of a use."""

from __future__ import annotations

from retrieval.types import DrugRecord, Glossary


def indicated(record: DrugRecord, disease: str, terms: Glossary) -> str:
    """The labelled use that covers the disease, or an empty text."""
    wanted = terms.canonical(disease)
    return next((use for use in record.indications if terms.canonical(use) == wanted), "")
