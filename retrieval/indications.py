"""Whether a drug is used in a disease: by its record, by its class, or not that we know. For the suite `indications`.

Pages and arbitration do not ask here: there a use without a record is "no record of this use", whatever this rule guesses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import regex

from retrieval.cleaning import fold
from retrieval.diseases import Diseases
from retrieval.drug_classes import class_key
from retrieval.formulary import DrugTable
from retrieval.types import Glossary

Label = Literal["indicated", "symptomatic", "not_indicated"]
NEAR: tuple[tuple[frozenset[str], str, Label], ...] = (
    (frozenset({"immunosuppressant"}), "autoimmune disease", "indicated"),
    (
        frozenset({"antidepressant", "antipsychotic", "antiepileptic", "central nervous system depressant", "dopaminergic drug"}),
        "disorder that drugs of the nervous system ease",
        "symptomatic",
    ),
    (
        frozenset(
            {
                "opioid",
                "antiemetic",
                "neurokinin antagonist",
                "serotonin antagonist antiemetic",
                "dopamine antagonist",
                "proton pump inhibitor",
                "nsaid",
            }
        ),
        "cancer",
        "symptomatic",
    ),
)
"""Groups of drugs that are tried throughout a family of diseases (`fixtures/diseases/kinds.yaml`), and the label of a use there that
nothing states: a guess by base rates, never shown as a fact.

Measured on PharmacotherapyDB: of pairs looked at while the table was written 32 of 34 such were uses, of 346 kept apart 17 of 17.
Of what no row covers, 50 of 97 kept apart were no use: `nothing` is a coin's throw, and `not_indicated` the answer that claims least."""
ASIDE = regex.compile(r"^(?:prevention|prophylaxis|protection) |\b(?:prevention|prophylaxis|protection|co-treatment)$| in pregnancy$")


class Judged(NamedTuple):
    """A label, and what it rests on: `record`, `class`, `contraindicated`, or `nothing` on record."""

    label: Label
    basis: str
    use: str = ""


def judge(name: str, disease: str, book: DrugTable, terms: Glossary, diseases: Diseases) -> Judged | None:
    """None for a drug that is not known at all. The first that holds, of: the class changes the disease's course; the class eases
    it; the record names it; the record forbids it; nothing is on record."""
    drug = book.inn(name)
    if not drug:
        return None
    record = book.find(drug)
    known = book.known(drug)
    treats, relieves = book.drug_index.uses({class_key(drug), *((class_key(known.drug_class),) if known else book.classes(drug))})
    wanted = diseases.broader(terms.canonical(disease)) | diseases.broader(disease)
    plain = {diseases.name(disease), diseases.name(terms.canonical(disease))}

    def covers(*forms: str) -> bool:
        """One of the forms is the disease, a kind that it belongs to, or a kind of it."""
        return any(diseases.name(form) in wanted or plain & diseases.broader(form) for form in forms)

    def first(uses: Iterable[str]) -> str:
        return next((use for use in uses if covers(use, terms.canonical(use))), "")

    def written(use: str) -> bool:
        """A record's use is a phrase: `asthma exacerbation` is in asthma, what it prevents or goes with is not."""
        named = () if ASIDE.search(fold(use)) else (term for _, _, term in terms.mentioned(use))
        return covers(use, terms.canonical(use), *named)

    if use := first(treats):
        return Judged("indicated", "class", use)
    if use := first(relieves):
        return Judged("symptomatic", "class", use)
    if record and (use := next(filter(written, record.indications), "")):
        return Judged("symptomatic" if wanted & diseases.eased else "indicated", "record", use)
    if record and (use := first(one.condition for one in record.contraindications)):
        return Judged("not_indicated", "contraindicated", use)
    for groups, family, label in NEAR:
        if groups & book.groups(drug) and diseases.name(family) in wanted:
            return Judged(label, "family", family)
    return Judged("not_indicated", "nothing")
