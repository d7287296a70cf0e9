"""For the whole suite: transactional tests empty the tables, which the fence around the decision log refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from clinic.audit import fence


@pytest.fixture(autouse=True, scope="session")
def flush_lowers_the_fence() -> Iterator[None]:
    """Only Django's flush between tests gets through; a test that changes the log must lower the fence itself."""
    execute = BaseDatabaseOperations.execute_sql_flush

    def lowered(self: BaseDatabaseOperations, statements: Any) -> None:
        fence.lower_fence(connection)
        try:
            execute(self, statements)
        finally:
            fence.raise_fence(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", lowered)
        yield
