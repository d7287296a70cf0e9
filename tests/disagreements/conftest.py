"""Consults asked for in these tests are not sent anywhere."""

from __future__ import annotations

import pytest

from clinic.consults import actions


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "send", lambda consult_id: False)
