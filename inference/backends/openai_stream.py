"""The server-sent events of a chat completion as typed parts, and every way it can fail as our errors."""

from __future__ import annotations

import json
import math
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from inference.backends.think_tags import TagSplitter
from inference.errors import BackendAbsent, BackendBusy, BackendProtocol, BackendRefused, BackendUnreachable, BackendUntrusted, Deadline

ECHO = 16
"""Characters in a row that a server's words and ours do not share by chance."""
RESPONSE_FORMAT = "response_format"
"""Named in a refusal of the form in which a schema was sent; llama-cpp-python's server refuses it with HTTP 500."""


@dataclass(frozen=True)
class Part:
    """Either text of one kind, or news of the end."""

    think: str = ""
    answer: str = ""
    finish: str = ""
    prompt_tokens: int = 0


@dataclass(frozen=True)
class Sent:
    """A reply under way. `started`: the answer was begun for the server, so what comes is answer; with `thinking` it is thought."""

    url: str
    reply: httpx.Response
    ours: tuple[str, ...] = field(default=(), repr=False)
    """What was sent, text and key: no error may repeat it."""
    expects_json: bool = False
    started: bool = False
    thinking: bool = False

    def check(self) -> None:
        """Raises what the status means."""
        status = self.reply.status_code
        if status == 200:
            return
        self.reply.read()
        if status in (429, 503):
            raise BackendBusy(self.url, _seconds(self.reply.headers.get("retry-after", "")))
        reason = self.unrepeated(_reason(self.reply))
        if status in (502, 504):
            raise BackendAbsent(self.url, f"HTTP {status}: {reason}")
        if status >= 500 and RESPONSE_FORMAT not in reason:
            raise BackendUnreachable(self.url, f"HTTP {status}: {reason}")
        raise BackendRefused(self.url, status, reason)


    def unrepeated(self, words: str) -> str:
        """The server's words, short; not those that hold a stretch of ours: it may be a patient's text, or the key."""
        if any(one and _shares(one, words) for one in self.ours):
            return f"{self.reply.reason_phrase}; its words repeat the request and are not kept"
        return words[:200]


@contextmanager
def failures(url: str, until: float = math.inf, allowed_s: float = 0.0) -> Iterator[None]:
    """httpx's errors as ours; a time-out after `until` is the request's own deadline of `allowed_s`."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise BackendAbsent(url, "no connection in time") from error
    except httpx.TimeoutException as error:
        if time.monotonic() >= until:
            raise Deadline(allowed_s) from error
        raise BackendUnreachable(url, f"time-out ({type(error).__name__})") from error
    except httpx.ConnectError as error:
        if isinstance(why := error.__context__ and error.__context__.__context__, ssl.SSLError):
            raise BackendUntrusted(url, getattr(why, "verify_message", "") or str(why)) from error
        raise BackendAbsent(url, str(error) or "no connection") from error
    except httpx.TransportError as error:
        raise BackendUnreachable(url, f"the connection failed or was dropped ({type(error).__name__})") from error
    except httpx.InvalidURL as error:
        raise BackendRefused(url, 0, str(error)) from error


def parts(sent: Sent) -> Iterator[Part]:
    """Parts in order. A stream that stops without a finish reason was dropped, whatever it had said."""
    sent.check()
    splitter, finished, first = TagSplitter(thinking=sent.thinking), False, True
    for event in _events(sent):
        choice = (event.get("choices") or [{}])[0]
        delta = choice.get("delta") or {}
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            yield Part(think=thought)
        if content := delta.get("content"):
            if first and sent.expects_json and not sent.started and content.strip()[:1] not in ("", "<", "{", "["):
                splitter.thinking = True  # the server's template opened the block and does not show the tag
            first = first and not content.strip()
            yield from _apart(splitter.feed(content))
        if choice.get("finish_reason"):
            finished = True
            yield from _apart(splitter.finish())
            yield Part(finish=choice["finish_reason"])
        if usage := event.get("usage"):
            yield Part(prompt_tokens=int(usage.get("prompt_tokens") or 0))
    if not finished:
        raise BackendUnreachable(sent.url, "the connection ended in the middle of an answer")


def _shares(ours: str, words: str) -> bool:
    """Whether the words hold ours, where it is short, or a stretch of it."""
    return ours in words or any(words[at : at + ECHO] in ours for at in range(len(words) - ECHO + 1))


def hang_up(reply: httpx.Response) -> None:
    """Ends a reply that another thread is reading: closing alone would not wake it."""
    stream = reply.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream else None
    with suppress(OSError):
        if connection and not reply.is_closed:
            connection.shutdown(socket.SHUT_RDWR)


def _apart(pairs: list[tuple[bool, str]]) -> Iterator[Part]:
    for thinking, text in pairs:
        yield Part(think=text) if thinking else Part(answer=text)


def _events(sent: Sent) -> Iterator[dict[str, Any]]:
    for line in sent.reply.iter_lines():
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        try:
            event = json.loads(data)
        except ValueError:
            raise BackendProtocol(sent.url, "an event is not JSON") from None
        if "error" in event:
            raise BackendRefused(sent.url, 200, sent.unrepeated(_words(event)))
        yield event


def _reason(reply: httpx.Response) -> str:
    """The server's own words."""
    try:
        return _words(reply.json()) or reply.reason_phrase
    except (ValueError, AttributeError):
        return reply.reason_phrase


def _words(told: dict[str, Any]) -> str:
    """`error.message` of most servers, `error` or `detail` of others."""
    error = told.get("error") or told.get("detail") or ""
    return str(error.get("message", error) if isinstance(error, dict) else error)


def _seconds(value: str) -> float:
    """`Retry-After` as seconds or as a date (RFC 9110, 10.2.3); 0 where it says nothing."""
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
