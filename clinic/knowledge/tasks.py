"""The Celery tasks of this app: they carry an id, and go to the queue `ingest`."""

from __future__ import annotations

from uuid import UUID

from clinic.celery import app


@app.task(name="ingest.read", ignore_result=True)  # type: ignore[untyped-decorator]
def read(upload_id: str) -> str:
    from clinic.knowledge.reader import work

    return work(UUID(upload_id))


@app.task(name="ingest.publish", ignore_result=True)  # type: ignore[untyped-decorator]
def publish(publication_id: str) -> str:
    from clinic.knowledge.publishing import work

    return work(UUID(publication_id))
