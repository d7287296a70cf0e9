"""The only Celery task of consults: it carries an id."""

from __future__ import annotations

from uuid import UUID

from clinic.celery import app


@app.task(name="consults.run", ignore_result=True)  # type: ignore[untyped-decorator]
def run_consult(consult_id: str) -> str:
    from clinic.consults.worker import work

    return work(UUID(consult_id))
