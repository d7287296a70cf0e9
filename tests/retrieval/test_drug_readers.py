"""Readers of drug records: one golden file a format, nothing invented, hostile input refused with its place and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.drug_gaps import lost, missing
from retrieval.drug_readers import READERS, read
from retrieval.errors import FormatUnknown, SourceInvalid, SourceTooLarge
from retrieval.types import Amount, DrugRecord, Severity
from tests.reasoning.builders import drug

FILES = Path(__file__).parent / "drug_files"
FIXTURES = Path(__file__).parents[2] / "fixtures"
SHARED = Path(__file__).parents[3] / "shared/data/spl_sample/adalimumab.xml"


def golden(name: str) -> list[DrugRecord]:
    return read((FILES / name).read_bytes(), name)


def test_yaml_is_our_own_form() -> None:
    assert read((FIXTURES / "drugs" / "apixaban.yaml").read_bytes(), "apixaban.yaml")[0].name == "apixaban"


def test_csv_reads_drugs_and_facts() -> None:
    [one] = golden("good.csv")
    assert (one.name, one.brands, one.names, one.indications) == ("lantern", ("Lux", "Lumen"), {"ko": "등불"}, ("darkness", "fog"))
    assert (one.max_daily, one.pregnancy.advice, one.lactation.advice) == (Amount(value=20, unit="mg"), "avoid", "unknown")
    assert (one.doses[0].amount, one.renal[0].below, one.contraindications[0].severity) == (2.5, 30, Severity.HIGH)
    assert one.interactions[0].other == "apixaban"
    assert one.sources == ("Lantern, house label; 2026",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_csv_as_excel_saves_it(encoding: str, ending: str) -> None:
    text = (FILES / "good.csv").read_text(encoding="utf-8").replace("\n", ending)
    assert read(text.encode(encoding), "good.csv") == golden("good.csv")


def test_fhir_r4() -> None:
    [one] = golden("r4.json")
    assert (one.name, one.atc, one.drug_class, one.brands, one.names) == ("lantern", "V99AA01", "light source", ("Lux",), {"ko": "등불"})
    [dose] = one.doses
    assert (dose.indication, dose.amount, dose.unit, dose.route, dose.frequency) == ("darkness", 2.5, "mg", "oral", "twice daily")
    assert one.label == {"dosage_and_administration": "As bright as needed."}


def test_fhir_r5_bundle() -> None:
    one, other = golden("r5.json")
    assert (one.name, one.brands, one.indications, one.doses[0].frequency, one.doses[0].route) == (
        "lantern",
        ("Lux",),
        ("darkness",),
        "every 8 hours",
        "oral",
    )
    assert one.label == {"contraindications": "Photophobia.", "drug_interactions": "Apixaban: More glow."}
    assert other.name == "wick/oil"


def test_fhir_severities_are_not_made_up() -> None:
    assert all(not one.contraindications and not one.interactions for one in golden("r5.json"))


def test_openfda_label_is_a_draft_of_texts() -> None:
    [one] = golden("label.json")
    assert (one.name, one.brands, one.drug_class, one.sources) == (
        "lantern",
        ("Lux",),
        "light source",
        ("Lux, US label (openFDA), 2025-01-31",),
    )
    assert one.label["contraindications"] == "Photophobia." and "spl_unclassified_section" not in one.label
    assert not one.doses and "doses" in missing(one) and "contraindications" in missing(one)


def test_spl_sections_hold_their_subsections() -> None:
    [one] = golden("label.xml")
    assert (one.name, one.brands) == ("lantern", ("Lux",))
    assert one.label == {
        "indications_and_usage": "1 INDICATIONS Lantern is for darkness . 1.1 Fog Also for fog.",
        "contraindications": "None.",
    }


@pytest.mark.skipif(not SHARED.exists(), reason="the public label sample is not on this machine")
def test_a_real_label_is_read() -> None:
    [one] = read(SHARED.read_bytes(), SHARED.name)
    assert one.name == "adalimumab" and one.brands == ("Humira",)
    assert "serious infections" in one.label["boxed_warning"] and "7.1 Methotrexate" in one.label["drug_interactions"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("drug,atc\na,b\n", "no column `name`"),
        ("name,colour\na,b\n", "colour"),
        ("name,name\na,b\n", "twice"),
        ("name,fact\na,mood\n", "line 2, field fact"),
        ("name,atc\n,B01\n", "line 2, field name"),
        ("name,atc\na,1\na,2\n", "line 3, field name: a stands twice"),
        ("name,fact,below\na,renal,30\n", "no row of its own"),
        ("name,atc,below\na,B01,30\n", "line 2, field below: a drug row has no below"),
        ("name,max_daily\na,lots\n", "line 2, field max_daily.*20 mg"),
        ('name,max_daily\na,"1,500 mg"\n', "no plain number"),
        ("name,pregnancy\na,maybe\n", "line 2, field pregnancy.advice"),
        ("name,atc\na,=cmd|calc\n", "line 2, field atc: the cell holds a formula"),
        ('name,atc\na,"b\n', "not readable as a table"),
        ("name,atc\na,b,c\n", "more cells than columns"),
        (
            "name,fact,condition,severity,text,sources\na,,,,,s\na,contraindication,x,grave,t\n",
            "line 3, field contraindications.0.severity",
        ),
    ],
)
def test_a_wrong_table_names_row_and_column(text: str, says: str) -> None:
    with pytest.raises(SourceInvalid, match=says):
        read(text.encode(), "a.csv")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"name,atc\n\xff\xfea,b\n", "CSV UTF-8"),
        ("a.json", b"[" * 100_000, "nested too deep"),
        ("a.json", b"{", "not JSON"),
        ("a.json", b"{}", "neither FHIR nor an openFDA label"),
        ("a.json", b'{"resourceType": "Patient"}', "no Medication or MedicationKnowledge"),
        ("a.json", b'{"resourceType": "Medication", "status": "entered-in-error"}', "entered in error"),
        ("a.json", b'{"resourceType": "Medication"}', "no name"),
        ("a.json", b'{"results": [{"openfda": {}}]}', "results.0.openfda.generic_name"),
        ("a.json", b'{"results": [1]}', "results.0"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', "DTD"),
        ("a.xml", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DTD"),
        ("a.xml", b"<a>", "not XML"),
        ("a.xml", b"<a/>", "no SPL document"),
        ("a.yaml", b"a: &x [1]\nb: *x\n", "anchors"),
    ],
)
def test_a_hostile_file_is_refused(name: str, data: bytes, says: str) -> None:
    with pytest.raises(SourceInvalid, match=says):
        read(data, name)


def test_other_formats_and_sizes_are_refused() -> None:
    with pytest.raises(FormatUnknown, match="Use one of"):
        read(b"", "a.exe")
    with pytest.raises(SourceTooLarge):
        read(b" " * (8 * 1024 * 1024 + 1), "a.csv")


def test_hidden_characters_do_not_survive() -> None:
    [one] = read("name,atc,sources\nlan\u200btern,V99\u202e,\U000e0041s\n".encode(), "a.csv")
    assert (one.name, one.atc, one.sources) == ("lantern", "V99", ("s",))


@given(st.binary(max_size=300), st.sampled_from(sorted(READERS)))
def test_any_bytes_are_read_or_refused(data: bytes, suffix: str) -> None:
    try:
        read(data, f"a{suffix}")
    except SourceInvalid as error:
        assert str(error)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "code",
                        "text",
                        "coding",
                        "ingredient",
                        "dosage",
                        "administrationGuidelines",
                        "indicationGuideline",
                        "timing",
                        "repeat",
                        "doseAndRate",
                        "medicineClassification",
                        "classification",
                        "synonym",
                        "name",
                        "status",
                        "entry",
                        "resource",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_fhir_shape_is_read_or_refused(value: object) -> None:
    for kind in ("MedicationKnowledge", "Bundle"):
        body = {**value, "resourceType": kind} if isinstance(value, dict) else {"resourceType": kind, "code": value}
        try:
            read(json.dumps(body).encode(), "a.json")
        except SourceInvalid as error:
            assert str(error)


def test_what_a_poorer_record_would_silence_is_named() -> None:
    rich = drug("a", max_daily=Amount(value=1, unit="mg"))
    assert lost(rich, drug("a")) == ("the highest daily dose",)
    assert lost(drug("a"), rich) == ()
