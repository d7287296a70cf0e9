"""The `retrieval` evaluation suite: any corpus, any queries, through the same index and search that the hospital uses."""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from retrieval.build import build
from retrieval.cleaning import clean
from retrieval.collection import load_fixtures, search_terms
from retrieval.document import passage
from retrieval.errors import SourceInvalid
from retrieval.glossary import Term
from retrieval.labels import measure, read_labels
from retrieval.library import Mode, open_library
from retrieval.metrics import percentile, summary
from retrieval.query import language_of
from retrieval.types import Embedder, Passage, Sentence, UnitKind

BEST = 100
"""Documents written for each query."""

Progress = Callable[[str, int, int], None]
"""(stage, done, all)"""


def evaluate_retrieval(
    corpus: Path,
    queries: Path,
    qrels: Path | None,
    mode: str,
    run_path: Path,
    embedder: Embedder | None,
    *,
    root: Path | None = None,
    terms: Sequence[Term] = (),
    limit: int | None = None,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Runs every query, writes `query-id doc-id score` lines as it goes, and returns the summary.

    An interrupted run goes on where it stopped, unless its run file is removed. The index is kept in `root` (beside the run file by
    default), so that three modes share one. `terms` are search terms, as for `build`.
    """
    chosen, tell = Mode(mode), progress or _tell
    if embedder is None and chosen is not Mode.LEXICAL:
        raise ValueError(f"Mode {mode} needs an embedder; use --mode lexical without one.")
    root = root or run_path.with_suffix(".index")
    documents = [_passage(fields) for fields in read_lines(corpus)]
    build(documents, embedder, root, terms=terms, progress=lambda done, whole: tell("embedding", done, whole))
    library = open_library(root, embedder)
    runs, times = finished(run_path), []
    asked = list(read_lines(queries))[:limit]
    with run_path.open("a", encoding="utf-8") as out:
        for number, fields in enumerate(asked, start=1):
            name = _id(fields, queries)
            if name not in runs:
                begun = time.perf_counter()
                hits = library.search(str(fields["text"]), BEST, mode=chosen, relevant_only=False)
                times.append(1000 * (time.perf_counter() - begun))
                runs[name] = [hit.passage.source for hit in hits]
                out.write("".join(f"{name}\t{hit.passage.source}\t{hit.score:.6f}\n" for hit in hits))
                out.flush()
            tell("searching", number, len(asked))
    library.close()
    figures: dict[str, object] = {
        "suite": "retrieval",
        "mode": mode,
        "documents": len(documents),
        "queries": len(asked),
        "degraded": library.degraded,
    }
    figures |= {"ms_per_query_p50": round(percentile(times, 0.5), 1), "ms_per_query_p95": round(percentile(times, 0.95), 1)}
    names = {_id(fields, queries) for fields in asked}
    return figures | (summary(runs, {query: grades for query, grades in judgements(qrels).items() if query in names}) if qrels else {})


def evaluate_labels(content: Path, labels: Path, embedder: Embedder | None, half: str = "") -> dict[str, object]:
    """Figures of each half (or one) of the labelled questions in `labels`, over the content of a folder such as `fixtures/`."""
    passages, formulary, glossary = load_fixtures(content)
    questions = read_labels(labels, passages)
    with TemporaryDirectory(prefix="consilium-labels-") as root:
        build(passages, embedder, Path(root), terms=search_terms(formulary, glossary))
        library = open_library(Path(root), embedder)
        halves = [half] if half else ["build", "measured"]
        figures = {name: measure([one for one in questions if one.half == name], library.search) for name in halves}
        library.close()
    return {"passages": len(passages), "degraded": embedder is None, **figures}


def _passage(fields: dict[str, Any]) -> Passage:
    """A document of a corpus as one passage; its id is the source."""
    text = clean(str(fields.get("text", "")))
    title = clean(str(fields.get("title") or ""))
    return passage(
        source=str(fields.get("id", fields.get("_id"))),
        version="1",
        organisation="corpus",
        title=title,
        effective="1970-01-01",
        language=str(fields.get("language") or language_of(text or title)),
        section=(),
        kind=UnitKind.NARRATIVE,
        text=text,
        sentences=(Sentence(text=text, start=0, end=len(text)),),
        start=0,
        end=len(text),
    )


def judgements(path: Path) -> dict[str, dict[str, float]]:
    """Grades by query, from TSV (`query-id doc-id grade`, a heading is passed over) or JSONL."""
    judged: dict[str, dict[str, float]] = defaultdict(dict)
    if ".jsonl" in path.suffixes:
        for fields in read_lines(path):
            judged[str(fields["query_id"])][str(fields["doc_id"])] = float(fields.get("score", fields.get("grade", 1)))
        return judged
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        parts = line.split("\t") if "\t" in line else line.split()
        try:
            judged[parts[0]][parts[-2]] = float(parts[-1])
        except (IndexError, ValueError):
            if number and line.strip():
                raise SourceInvalid(path.name, "not `query-id doc-id grade`", line=number + 1, remedy="Separate with tabs.") from None
    return judged


def finished(path: Path) -> dict[str, list[str]]:
    """Rankings of queries that an earlier run wrote; a last line cut short does not count."""
    runs: dict[str, list[str]] = defaultdict(list)
    if path.exists():
        text = path.read_text(encoding="utf-8")
        path.write_text(whole := text[: text.rfind("\n") + 1], encoding="utf-8")
        for line in whole.splitlines():
            query, document, _ = line.split("\t")
            runs[query].append(document)
    return runs


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of a JSONL file, plain or gzip."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise SourceInvalid(path.name, "not a JSON object", line=number, remedy="Write one object a line.") from error


def _id(fields: dict[str, Any], path: Path) -> str:
    name = fields.get("id", fields.get("_id"))
    if name is None or "text" not in fields:
        raise SourceInvalid(path.name, "a line without `id` or `text`", remedy='Write {"id": ..., "text": ...}.')
    return str(name)


def _tell(stage: str, done: int, whole: int) -> None:
    if done == whole or done % max(whole // 50, 1) == 0:
        print(f"\r{stage} {done}/{whole}", end="\n" if done == whole else "", file=sys.stderr, flush=True)
