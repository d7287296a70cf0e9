from __future__ import annotations

import pytest

from inference.errors import ERRORS, Deadline, HostBusy, InferenceError, RequestTooLong, from_wire, to_wire


def test_every_error_has_its_own_code() -> None:
    assert len(ERRORS) == len({kind for kind in ERRORS.values()}) and all(kind.code == code for code, kind in ERRORS.items())


@pytest.mark.parametrize("error", [HostBusy(4), RequestTooLong(900, 800), Deadline(3.5)], ids=lambda e: e.code)
def test_an_error_crosses_the_socket_unchanged(error: InferenceError) -> None:
    again = from_wire(to_wire(error))
    assert (type(again), str(again), again.data, again.retryable) == (type(error), str(error), error.data, error.retryable)


def test_an_unknown_code_is_not_retried() -> None:
    error = from_wire({"code": "from_a_later_version", "message": "Ask a person."})
    assert type(error) is InferenceError and not error.retryable and str(error) == "Ask a person."


def test_every_message_says_what_to_do() -> None:
    assert "Try again later" in str(HostBusy(4)) and "Shorten it" in str(RequestTooLong(9, 8))
