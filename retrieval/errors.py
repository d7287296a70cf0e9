"""What can be broken in retrieval, each with a stable `code` and a sentence saying what to do."""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of all; `code` is stable and meant for programs, the message for people."""

    code = "retrieval"


class SourceInvalid(RetrievalError):
    """A guideline, drug or glossary file that does not keep its format."""

    code = "source_invalid"

    def __init__(self, name: str, problem: str, *, line: int = 0, field: str = "", remedy: str = "") -> None:
        self.name = name
        self.line = line
        self.field = field
        self.problem = problem
        self.remedy = remedy
        where = name + (f", line {line}" if line else "") + (f", field {field}" if field else "")
        super().__init__(f"{where}: {problem}." + (f" {remedy}" if remedy else ""))


class FormatUnknown(RetrievalError):
    """No reader for this kind of file."""

    code = "format_unknown"


class SourceTooLarge(RetrievalError):
    """A source beyond the size that is read."""

    code = "source_too_large"


class SourceEncrypted(RetrievalError):
    """A source that opens with a password only."""

    code = "source_encrypted"


class SourceScanned(RetrievalError):
    """Pages that are pictures of text."""

    code = "source_scanned"


class ReaderCrashed(RetrievalError):
    """The process that reads the file ended without a word, or could not make sense of the file."""

    code = "reader_crashed"


class ReaderTooSlow(RetrievalError):
    """The file took more time than is allowed."""

    code = "reader_too_slow"


class VersionsConflict(RetrievalError):
    """Two versions of one source claim to be in force."""

    code = "versions_conflict"


class IndexEmpty(RetrievalError):
    """A build was asked for without a single passage."""

    code = "index_empty"


class BuildBusy(RetrievalError):
    """Another process is building in the same folder."""

    code = "build_busy"


class GenerationMissing(RetrievalError):
    """There is no published generation to open."""

    code = "generation_missing"


class GenerationDamaged(RetrievalError):
    """The published generation's own files cannot be trusted."""

    code = "generation_damaged"


class EmbedderMissing(RetrievalError):
    """The weights of the embedding model are not installed."""

    code = "embedder_missing"


class RerankerInvalid(RetrievalError):
    """The reranking model is not there, or is none."""

    code = "reranker_invalid"
