"""A hospital's own drug records: over the demonstration's, audited, at once in force, never poorer unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.urls import reverse

from clinic import wiring
from clinic.audit.models import Entry
from clinic.knowledge.drug_imports import as_yaml, import_drugs, withdraw_drug
from retrieval.errors import SourceInvalid
from tests.cast import as_user, user

NEW = "name,atc,drug_class,max_daily,sources\nlantern,V99AA01,light source,20 mg,house list\n"


@pytest.fixture(autouse=True)
def own_folder(db: None, tmp_path: Path, settings: Any) -> Path:
    settings.DRUGS = tmp_path / "own"
    return tmp_path


def written(folder: Path, text: str, name: str = "drugs.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_it_works(own_folder: Path) -> None:
    before = wiring.formulary().digest
    [change] = import_drugs(written(own_folder, NEW), by="system:test")
    assert change.replaces == "" and "contraindications" in change.missing
    assert wiring.formulary().digest != before
    found = wiring.formulary().find("lantern")
    assert found and found.max_daily and found.max_daily.value == 20
    assert Entry.objects.get(act="drug.imported").subject == "drug:lantern"


def test_checking_writes_nothing(own_folder: Path) -> None:
    import_drugs(written(own_folder, NEW), by="system:test", check=True)
    assert wiring.formulary().find("lantern") is None and not Entry.objects.filter(act="drug.imported").exists()


def test_a_poorer_record_is_refused_and_says_what_would_be_lost(own_folder: Path) -> None:
    file = written(own_folder, NEW.replace("lantern,", "warfarin sodium,"))
    with pytest.raises(SourceInvalid, match=r"warfarin would lose contraindications, interactions.*the class anticoagulant.*--replace"):
        import_drugs(file, by="system:test")
    [change] = import_drugs(file, by="system:test", replace=True)
    assert (change.record.name, change.replaces) == ("warfarin", "demonstration")
    assert wiring.formulary().interactions("warfarin", "paracetamol"), "rules that name the drug still hold"


def test_a_richer_record_replaces_the_demonstration(own_folder: Path) -> None:
    apixaban = wiring.formulary().find("apixaban")
    assert apixaban
    own = apixaban.model_copy(update={"brands": ("Housebrand",)})
    [change] = import_drugs(written(own_folder, as_yaml(own).decode(), "apixaban.yaml"), by="system:test")
    assert change.replaces == "demonstration" and not change.lost
    assert (found := wiring.formulary().find("Housebrand")) and found.name == "apixaban"
    [again] = import_drugs(own_folder / "apixaban.yaml", by="system:test")
    assert again.unchanged and Entry.objects.filter(act="drug.imported").count() == 1


def test_withdrawing_brings_the_demonstration_back(own_folder: Path) -> None:
    before = wiring.formulary().digest
    apixaban = wiring.formulary().find("apixaban")
    assert apixaban
    import_drugs(written(own_folder, as_yaml(apixaban.model_copy(update={"brands": ("Housebrand",)})).decode(), "a.yaml"), by="system:test")
    withdraw_drug("apixaban", by="system:test")
    assert wiring.formulary().digest == before
    with pytest.raises(SourceInvalid, match="no record of its own"):
        withdraw_drug("apixaban", by="system:test")


def test_one_wrong_row_stops_the_whole_file(own_folder: Path) -> None:
    with pytest.raises(SourceInvalid, match="line 3, field max_daily"):
        import_drugs(written(own_folder, NEW + "wick,V99AA02,light source,much,house list\n"), by="system:test")
    assert wiring.formulary().find("lantern") is None


def test_a_clinician_may_not_import(own_folder: Path) -> None:
    with pytest.raises(PermissionDenied):
        import_drugs(written(own_folder, NEW), by=user("dr-adeyemi"))


def test_a_name_cannot_leave_the_folder(own_folder: Path) -> None:
    import_drugs(written(own_folder, NEW.replace("lantern,", "../../etc/passwd,")), by="system:test")
    assert [path.parent.name for path in own_folder.rglob("*.yaml")] == ["own"]


def test_the_shell_says_what_is_missing(own_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("drugs", "import", str(written(own_folder, NEW)))
    said = capsys.readouterr().out
    assert "lantern: new" in said and "not stated: indications, doses" in said
    with pytest.raises(CommandError, match="Use one of"):
        call_command("drugs", "import", str(written(own_folder, "x", "a.exe")))


def test_the_page_says_whose_record_it_is(own_folder: Path) -> None:
    import_drugs(written(own_folder, NEW), by="system:test")
    shown = as_user("dr-adeyemi").get(reverse("knowledge:drug", args=["lantern"])).text
    assert "The hospital’s own record" in shown and "Demonstration content" not in shown
    assert "cannot judge indications, doses" in shown
