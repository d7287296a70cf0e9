"""Search with the real embedder: languages, relevance, degraded operation, and what never happens."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.build import build
from retrieval.embedding import SentenceEmbedder
from retrieval.errors import GenerationDamaged
from retrieval.library import IndexLibrary, Mode, open_library
from retrieval.retriever import LangChainEmbeddings, LibraryRetriever
from retrieval.versions import in_force
from tests.retrieval import cast
from tests.retrieval.cast import HashEmbedder


def _found(library: IndexLibrary, query: str, **how: object) -> list[str]:
    return [f"{hit.passage.source}#{hit.passage.label}" for hit in library.search(query, **how)]  # type: ignore[arg-type]


def test_it_works(library: IndexLibrary) -> None:
    hits = library.search("Which anticoagulant prevents stroke in atrial fibrillation?")
    assert hits[0].passage.source == "af" and hits[0].dense_rank > 0 and hits[0].lexical_rank > 0
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("apixaban or warfarin in AF", "af#R1", id="abbreviation"),
        pytest.param("blood thinner tablets for an irregular heartbeat", "af#R1", id="other words"),
        pytest.param("Eliquis", "af#R1", id="brand"),
        pytest.param("which antibiotic for a chest infection when allergic to penicillin", "cap#R2", id="meaning"),
        pytest.param("심방세동 환자의 아픽사반", "af-ko#R1", id="Korean to Korean"),
        pytest.param("심방세동 환자의 아픽사반", "af#R1", id="Korean to English"),
        pytest.param("房颤患者用阿哌沙班还是华法林", "af-zh#R1", id="Chinese to Chinese"),
        pytest.param("房颤患者用阿哌沙班还是华法林", "af#R1", id="Chinese to English"),
        pytest.param("apixaban atrial fibrillation", "af-ko#R1", id="English to Korean"),
        pytest.param("apixaban atrial fibrillation", "af-zh#R1", id="English to Chinese"),
        pytest.param("폐렴", "cap#R1", id="Korean term to English"),
    ],
)
def test_the_right_sentence_is_found(library: IndexLibrary, query: str, expected: str) -> None:
    assert expected in _found(library, query, limit=8)


@pytest.mark.parametrize(
    "query", ["how to repair a bicycle wheel", "best pizza in town", "自行车怎么修", "자전거 수리", "", "  ", "\u200b", "the of and"]
)
def test_what_is_not_relevant_is_dropped(library: IndexLibrary, query: str) -> None:
    assert library.search(query) == []


def test_a_language_keeps_only_its_sources(library: IndexLibrary) -> None:
    assert {hit.passage.language for hit in library.search("apixaban atrial fibrillation", language="ko")} == {"ko"}


def test_the_limit_holds(library: IndexLibrary) -> None:
    assert len(library.search("atrial fibrillation", limit=2)) == 2
    assert library.search("atrial fibrillation", limit=0) == []


def test_hostile_queries_are_only_text(library: IndexLibrary) -> None:
    for query in ("'; DROP TABLE passages; --", "$contains", "\x00\x1b[2J", "a" * 20000, "(" * 500, "𝕒𝕡𝕚𝕩𝕒𝕓𝕒𝕟"):
        library.search(query)
    assert "af#R1" in _found(library, "𝕒𝕡𝕚𝕩𝕒𝕓𝕒𝕟 or warfarin")


def test_superseded_sources_are_never_found(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    old = cast.guideline(cast.OLD_AF, version="1", more='superseded_by: "2"\n')
    new = cast.guideline(version="2", more='supersedes: "1"\n')
    build([one for document in in_force([old, new]) for one in document.passages], embedder, tmp_path)
    library = open_library(tmp_path, embedder)
    for query in ("Offer warfarin to adults with atrial fibrillation and aspirin to the others", "warfarin aspirin"):
        for mode in Mode:
            assert {hit.passage.version for hit in library.search(query, mode=mode, relevant_only=False)} <= {"2"}
    library.close()


def test_the_same_words_in_two_sources_are_shown_once(tmp_path: Path) -> None:
    build([*cast.guideline().passages, *cast.guideline(id="copy").passages], None, tmp_path)
    hits = open_library(tmp_path, None).search("dabigatran creatinine clearance")
    assert len({hit.passage.text for hit in hits}) == len(hits)


def test_without_an_embedder_words_still_find(tmp_path: Path) -> None:
    build(cast.passages(), HashEmbedder(), tmp_path, terms=cast.TERMS)
    library = open_library(tmp_path, None)
    assert library.degraded
    assert "af#R1" in _found(library, "apixaban or warfarin in AF")
    assert "af-ko#R1" in _found(library, "심방세동 환자의 아픽사반")
    assert _found(library, "how to repair a bicycle wheel") == []


def test_vectors_of_another_embedder_are_not_used(tmp_path: Path) -> None:
    build(cast.passages(), HashEmbedder(), tmp_path)
    assert open_library(tmp_path, HashEmbedder("hash-2")).degraded


@pytest.mark.parametrize("harm", ["remove", "truncate", "scramble"])
def test_a_damaged_vector_folder_degrades_to_words(tmp_path: Path, harm: str) -> None:
    digest = build(cast.passages(), HashEmbedder(), tmp_path)
    folder = tmp_path / digest / "chroma"
    if harm == "remove":
        shutil.rmtree(folder)
    else:
        (folder / "chroma.sqlite3").write_bytes(b"" if harm == "truncate" else b"\xff" * 4096)
    library = open_library(tmp_path, HashEmbedder())
    assert library.degraded
    assert "af#R1" in _found(library, "apixaban warfarin")


def test_damaged_lexical_files_are_made_again(tmp_path: Path) -> None:
    digest = build(cast.passages(), None, tmp_path)
    (tmp_path / digest / "lexical.weights.npy").write_bytes(b"x")
    assert "af#R1" in _found(open_library(tmp_path, None), "apixaban warfarin")


def test_damaged_passages_are_refused(tmp_path: Path) -> None:
    digest = build(cast.passages(), None, tmp_path)
    path = tmp_path / digest / "passages.jsonl"
    path.write_text(path.read_text().replace("below 30", "below 90"))
    with pytest.raises(GenerationDamaged, match="Build the index again"):
        open_library(tmp_path, None)


def test_an_open_library_survives_the_removal_of_its_folder(tmp_path: Path) -> None:
    build(cast.passages(), HashEmbedder(), tmp_path)
    library = open_library(tmp_path, HashEmbedder())
    before = library.search("apixaban warfarin")
    shutil.rmtree(tmp_path)
    assert library.search("apixaban warfarin") == before


def test_a_failing_embedder_degrades_once_and_stays_so(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    build(cast.passages(), embedder, tmp_path)
    library = open_library(tmp_path, embedder)
    embedder.embed = lambda texts: 1 / 0  # type: ignore[assignment,return-value]
    assert "af#R1" in _found(library, "apixaban warfarin")
    assert library.degraded


def test_lexical_search_imports_neither_torch_nor_chroma(tmp_path: Path) -> None:
    build(cast.passages(), HashEmbedder(), tmp_path)
    code = (
        "import sys; from pathlib import Path; from retrieval.library import open_library; open_library(Path(sys.argv[1]), None).search('apixaban');"
        "assert not {'torch', 'chromadb', 'sentence_transformers', 'langchain_core'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=Path(__file__).parents[2])


def test_langchain_code_can_use_the_library(library: IndexLibrary) -> None:
    documents = LibraryRetriever(library=library, limit=3).invoke("apixaban or warfarin in AF")
    assert 0 < len(documents) <= 3
    assert {"source", "label", "strength", "start", "end", "reference", "score"} <= set(documents[0].metadata)


def test_the_embedder_gives_unit_vectors_and_a_digest_of_its_weights(embedder: SentenceEmbedder) -> None:
    (vector,) = embedder.embed(["apixaban"])
    assert len(vector) == embedder.dimensions == 384
    assert sum(x * x for x in vector) == pytest.approx(1.0, abs=1e-4)
    assert len(embedder.digest) == 64
    assert embedder.embed([]) == []
    assert LangChainEmbeddings(embedder).embed_query("apixaban") == pytest.approx(vector, abs=1e-5)


@pytest.mark.parametrize("years", [("2019", "2025"), ("2025", "2019")])
def test_of_two_sources_with_the_same_words_the_newer_is_found(tmp_path: Path, years: tuple[str, str]) -> None:
    made = [
        one.model_copy(update={"id": f"{n}{one.id[1:]}", "source": f"af-{year}", "effective": f"{year}-01-01"})
        for n, year in enumerate(years)
        for one in cast.guideline().passages
    ]
    build(made, HashEmbedder(), tmp_path)
    hits = open_library(tmp_path, None).search("apixaban or warfarin in atrial fibrillation")
    assert hits and {hit.passage.effective for hit in hits} == {"2025-01-01"}
