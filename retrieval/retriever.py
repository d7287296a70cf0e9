"""Our Library and Embedder behind LangChain's interfaces, so that a hospital's own LangChain code can use them."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, SkipValidation

from retrieval.embedding import query_vector
from retrieval.types import Embedder, Hit, Library


class LangChainEmbeddings(Embeddings):
    """Any Embedder as LangChain's Embeddings."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text."""
        return self._embedder.embed(texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of one question."""
        return query_vector(self._embedder, text)


class LibraryRetriever(BaseRetriever):
    """Searches a Library; each Document's metadata holds what a citation needs."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: SkipValidation[Library]
    limit: int = 12
    language: str | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [_document(hit) for hit in self.library.search(query, self.limit, self.language)]


def _document(hit: Hit) -> Document:
    passage = hit.passage
    metadata = passage.model_dump(mode="json", exclude={"text", "sentences"})
    return Document(id=passage.id, page_content=passage.text, metadata={**metadata, "score": hit.score})
