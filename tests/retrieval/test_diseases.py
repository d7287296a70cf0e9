"""Names of diseases and kinds of kinds: one plain name whoever writes it, and no disease a kind of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.diseases import Diseases, load_diseases, plain
from retrieval.errors import SourceInvalid

FILE = Path(__file__).parents[2] / "fixtures" / "diseases" / "kinds.yaml"


@pytest.fixture(scope="module")
def diseases() -> Diseases:
    return load_diseases(FILE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Arthritis, Rheumatoid", "rheumatoid arthritis"),
        ("Rhinitis, Allergic, Seasonal", "seasonal allergic rhinitis"),
        ("Urinary Tract Infections", "urinary tract infection"),
        ("Breast Neoplasms", "breast cancer"),
        ("haemolytic anaemia", "hemolytic anemia"),
        ("Alzheimer's disease", "Alzheimer disease"),
        ("diarrhoea", "diarrhea"),
        ("oesophageal carcinoma", "esophageal cancer"),
    ],
)
def test_a_disease_has_one_plain_name(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("disease", "kind"),
    [
        ("psoriatic arthritis", "arthritis"),
        ("chronic myeloid leukaemia", "cancer"),
        ("endogenous depression", "mood disorder"),
        ("carcinoma of the appendix", "cancer"),
        ("streptococcal pneumonia", "bacterial infection"),
    ],
)
def test_a_disease_is_a_kind_of_wider_ones(diseases: Diseases, disease: str, kind: str) -> None:
    assert diseases.name(kind) in diseases.broader(disease) and diseases.name(disease) not in diseases.broader(kind)


def test_pulmonary_hypertension_is_no_hypertension(diseases: Diseases) -> None:
    assert "hypertension" not in diseases.broader("pulmonary arterial hypertension") | diseases.broader("ocular hypertension")


def test_a_wrong_file_is_refused_with_its_field(tmp_path: Path) -> None:
    path = tmp_path / "kinds.yaml"
    path.write_text("kinds: {cancer: lung}")
    with pytest.raises(SourceInvalid, match=r"kinds\.cancer"):
        load_diseases(path)
