"""What can go wrong while weights are brought in, each with a stable `code` and a sentence that says what to do."""

from __future__ import annotations


class PullError(ValueError):
    """A file was not fetched."""

    code = "pull_failed"
    retryable = False


class Unreachable(PullError):
    """No way from this machine to where the file is published, or the way broke off once too often."""

    code = "pull_unreachable"
    retryable = True


class Refused(PullError):
    """The server says no, or offers what is not the file that the catalogue means."""

    code = "pull_refused"


class Busy(PullError):
    """Another process is bringing weights in."""

    code = "pull_busy"
    retryable = True


class NoSpace(PullError):
    """The disk would be full."""

    code = "pull_no_space"
