"""What can go wrong between a request and its text.

Every error has a stable `code`, says whether the same request may be sent again (`retryable`), and its message is a
sentence that says what to do. `data` holds plain values only, so that an error crosses a socket unchanged.
"""

from __future__ import annotations

from typing import ClassVar


class InferenceError(Exception):
    """The root. Raised as itself only for a code that this version does not know."""

    code: ClassVar[str] = "inference_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **data: int | float | str) -> None:
        super().__init__(message)
        self.data = data


class WeightsMissing(InferenceError):
    code = "weights_missing"

    def __init__(self, card: str, path: str) -> None:
        super().__init__(
            f"The weights of {card} are not at {path}. Download them (`manage.py models card {card}` says from where) and "
            f"bring the file in with `manage.py models import {card} FILE`.",
            card=card,
            path=path,
        )


class WeightsInvalid(InferenceError):
    code = "weights_invalid"

    def __init__(self, card: str, digest: str, expected: str) -> None:
        super().__init__(
            f"The file of {card} has sha256 {digest or 'unknown'}, the catalogue expects {expected or 'a pinned one'}. "
            f"It was not loaded. Bring the right one in with `manage.py models import {card} FILE`.",
            card=card,
            digest=digest,
            expected=expected,
        )


class WeightsUnreadable(InferenceError):
    code = "weights_unreadable"

    def __init__(self, card: str, why: str) -> None:
        super().__init__(f"llama.cpp cannot run {card}: {why}. See the host's log.", card=card)


class SelfTestFailed(InferenceError):
    code = "self_test_failed"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The model host failed its start-up test: {why}. Rebuild llama.cpp with "
            f"`python -m inference.build_llama --force`, or import the weights again.",
        )


class HostBusy(InferenceError):
    code = "host_busy"
    retryable = True

    def __init__(self, queue: int) -> None:
        super().__init__(f"The model host has {queue} requests waiting and takes no more now. Try again later.", queue=queue)


class HostGone(InferenceError):
    code = "host_gone"
    retryable = True

    def __init__(self, why: str) -> None:
        super().__init__(f"The model host went away: {why}. Its supervisor starts it again; send the request again.", why=why)


class HostAbsent(HostGone):
    """Nothing listens: the host is being started, or nobody starts it. No request was lost."""

    code = "host_absent"


class HostFailed(InferenceError):
    code = "host_failed"

    def __init__(self, card: str, why: str, log: str = "") -> None:
        tail = f"\nLast lines of its log:\n{log}" if log else ""
        super().__init__(f"The model host of {card} did not start: {why}.{tail}", card=card)


class RequestTooLong(InferenceError):
    code = "request_too_long"

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            f"The prompt has {count} tokens and this model can take {limit}. Shorten it, or choose a model with more context.",
            count=count,
            limit=limit,
        )


class RequestInvalid(InferenceError):
    code = "request_invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"The request cannot be run: {why}.", why=why)


class Deadline(InferenceError):
    code = "deadline"
    retryable = True

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"No complete answer within {seconds:g} s. Allow more time, a smaller think budget, or a faster model.",
            seconds=seconds,
        )


class BackendUnreachable(InferenceError):
    code = "backend_unreachable"
    retryable = True

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The model server at {where} does not answer: {why}. Check that it runs and the address is right.")


class BackendAbsent(BackendUnreachable):
    """Nothing listens there, or a proxy says so: the server is being started, or nobody starts it. No request was lost."""

    code = "backend_absent"


class BackendUntrusted(InferenceError):
    code = "backend_untrusted"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"The certificate of the model server at {where} is not trusted here: {why}. Nothing was sent. Name the hospital's own "
            f"authority in CONSILIUM_ENGINE_CA, or mend the certificate.",
        )


class BackendBusy(InferenceError):
    code = "backend_busy"
    retryable = True

    def __init__(self, where: str, after: float = 0.0) -> None:
        wait = f" It asks to wait {after:g} s." if after else " Try again later."
        super().__init__(f"The model server at {where} takes no more requests now.{wait}", after=after)


class BackendRefused(InferenceError):
    code = "backend_refused"

    def __init__(self, where: str, status: int, why: str) -> None:
        super().__init__(
            f"The model server at {where} refused the request (HTTP {status}: {why}). Check model name, key and options.",
            status=status,
        )


class BackendProtocol(InferenceError):
    code = "backend_protocol"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The model server at {where} does not speak as expected: {why}. Check its version and settings.")


def _tree(root: type[InferenceError]) -> dict[str, type[InferenceError]]:
    return {root.code: root} | {code: kind for sub in root.__subclasses__() for code, kind in _tree(sub).items()}


ERRORS: dict[str, type[InferenceError]] = _tree(InferenceError)


def to_wire(error: InferenceError) -> dict[str, object]:
    return {"code": error.code, "message": str(error), "data": error.data}


def from_wire(value: dict[str, object]) -> InferenceError:
    """The error of the other side, of the same type; an unknown code becomes the root, not retryable."""
    kind = ERRORS.get(str(value.get("code")), InferenceError)
    error = kind.__new__(kind)
    data = value.get("data")
    InferenceError.__init__(error, str(value.get("message")), **(data if isinstance(data, dict) else {}))
    return error
