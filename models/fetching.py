"""Fetches one published file over HTTP into `<target>.part`, and goes on from there next time.

What is there already is asked for with `Range` and `If-Range`, so a server whose file has changed sends the new one whole.
The validator and the length are kept in `<target>.part.json`. Nothing is trusted: a length that is not the catalogue's, a
redirect to plain http, an endless body, a login page instead of the file each end the fetch with a sentence.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from models.errors import Refused, Unreachable
from models.progress import Progress, size

TIMES = httpx.Timeout(60.0, connect=15.0)
TRIES = 6
"""In a row without one new byte."""
AGAIN = {408, 425, 429, 500, 502, 503, 504}
REDIRECTS = 8
TOLERANCE = 0.03
"""The catalogue's sizes are rounded."""
HERE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Wanted:
    """`size` in bytes, rounded, 0 = unknown; `starts`: the first bytes of every true file; `limit`: more is never written."""

    url: str
    size: int = 0
    starts: bytes = b""
    limit: int = 0


@dataclass(frozen=True)
class Note:
    """What a part is a part of."""

    url: str = ""
    validator: str = ""
    total: int = 0


class Fetch:
    """One file. `tell` hears of progress; `room(bytes)` raises where so many more do not fit; `sleep` waits between tries."""

    def __init__(
        self,
        wanted: Wanted,
        target: Path,
        tell: Callable[[Progress], None],
        room: Callable[[int], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._wanted, self._tell, self._room, self._sleep = wanted, tell, room, sleep
        self.part, self._note_path = target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.part.json")
        self._begun, self._started = 0, time.monotonic()

    def run(self) -> Path:
        """The whole file, still as a part; the caller compares its digest."""
        self._begun, self._started = self._have(), time.monotonic()
        furthest, tries = self._have(), 0
        with httpx.Client(timeout=TIMES, follow_redirects=False) as client:
            while True:
                wait, cost = 0.0, 1
                try:
                    wait = self._once(client)
                    if not wait:
                        return self.part
                    why = "the server is busy"
                except (httpx.TransportError, httpx.StreamError) as error:
                    why = str(error) or type(error).__name__
                    cost = 2 if isinstance(error, httpx.ConnectError) else 1  # no way there at all: soon said
                tries = 0 if self._have() > furthest else tries + cost
                furthest = max(furthest, self._have())
                if tries >= TRIES:
                    host = urlsplit(self._wanted.url).hostname
                    raise Unreachable(f"{host} did not give the whole file: {why}.")
                self._sleep(min(60.0, max(wait, 0.5 * 2**tries)))

    def forget(self) -> None:
        """Throws away what was fetched: it belongs to nothing."""
        self.part.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)

    def forget_note(self) -> None:
        self._note_path.unlink(missing_ok=True)

    def _discard(self, file: BinaryIO) -> None:
        file.close()
        self.forget()

    def _once(self, client: httpx.Client) -> float:
        """One request. 0 = the file is whole; otherwise seconds to wait before the next."""
        note, have = self._note(), self._have()
        if note.total and have == note.total:
            return 0.0
        if have and not (note.validator and note.url == self._wanted.url):
            self.forget()  # a part whose origin cannot be compared
            note, have = Note(), 0
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-", "If-Range": note.validator} if have else {})}
        url, before = self._wanted.url, ""
        for _ in range(REDIRECTS):
            check_address(url, before)
            with client.stream("GET", url, headers=headers) as response:
                if response.is_redirect:
                    url, before = urljoin(url, response.headers.get("location", "")), url
                    continue
                if response.status_code in AGAIN:
                    return min(60.0, _seconds(response.headers.get("retry-after", "")) or 1.0)
                self._take(response, have)
                return 0.0
        raise Refused(f"{urlsplit(self._wanted.url).hostname} redirects in a circle.")

    def _take(self, response: httpx.Response, have: int) -> None:
        """Writes the body after what is there, or from the start where the server sends the whole."""
        if response.status_code == 416:
            self.forget()
            raise httpx.StreamError("the part was longer than the file")
        if response.status_code not in (200, 206):
            raise Refused(_refusal(response))
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Refused(f"{response.url.host} sends the file encoded, although it was asked not to.")
        start, total = _extent(response, have)
        if start not in (0, have) or (start and total != self._note().total):
            self.forget()
            raise httpx.StreamError("the server sent another range than the one asked for")
        self._check_length(total, response)
        self._room((total or self._wanted.size) - start)
        self._keep(Note(self._wanted.url, _validator(response), total))
        with self.part.open("ab" if start else "wb") as file:
            done = start
            for block in response.iter_raw():
                if not done and self._wanted.starts and not block.startswith(self._wanted.starts[: len(block)]):
                    self._discard(file)
                    raise Refused(f"What {response.url.host} sends is not such a file: a login page, perhaps. It was not kept.")
                done += len(block)
                if done > (total or self._most()):
                    self._discard(file)
                    raise Refused(f"{response.url.host} sends more than the {size(total or self._wanted.size)} of the file. It was stopped.")
                file.write(block)
                self._tell(Progress(self.part.stem, done, total or self._wanted.size, min(self._begun, start), time.monotonic() - self._started))
        if total and done < total:
            raise httpx.StreamError(f"the connection broke off at {size(done)}")
        if not total:
            self._keep(replace(self._note(), total=done))
            self._check_length(done, response)

    def _check_length(self, total: int, response: httpx.Response) -> None:
        wanted = self._wanted.size
        if total and (total > self._most() or (wanted and total < wanted * (1 - TOLERANCE))):
            self.forget()
            said = f"{size(total)}, the catalogue expects about {size(wanted)}" if wanted else f"{size(total)}, at most {size(self._most())} are taken"
            raise Refused(f"The file at {response.url.host} has {said}. It was not taken; is it another file now?")

    def _most(self) -> int:
        return self._wanted.limit or int(self._wanted.size * (1 + TOLERANCE)) or 1 << 50

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _note(self) -> Note:
        try:
            return Note(**json.loads(self._note_path.read_text()))
        except (OSError, ValueError, TypeError):
            return Note()

    def _keep(self, note: Note) -> None:
        self._note_path.write_text(json.dumps(asdict(note)))


def check_address(url: str, before: str = "") -> None:
    """https; plain http only to this very machine, and never where an https address leads."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in HERE and not before.startswith("https:")
    if not (parts.scheme == "https" and parts.hostname) and not plain:
        raise Refused(f"{parts.scheme or 'no scheme'}://{parts.hostname or ''} is not asked for a model: only https is.")


def _extent(response: httpx.Response, have: int) -> tuple[int, int]:
    """Where the body starts in the file, and how long the file is; 0 = not said."""
    if response.status_code == 200:
        return 0, int(response.headers.get("content-length", "0") or 0)
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("content-range", ""))
    if not found or int(found[2]) != int(found[3]) - 1:
        return -1, 0
    return int(found[1]), int(found[3])


def _validator(response: httpx.Response) -> str:
    """A strong ETag, or the date of the last change: what If-Range may carry."""
    tag = str(response.headers.get("etag", ""))
    return tag if tag.startswith('"') else str(response.headers.get("last-modified", ""))


def _refusal(response: httpx.Response) -> str:
    reasons = {401: "wants a login", 403: "does not allow it", 404: "does not have it", 410: "no longer has it"}
    return f"{response.url.host} {reasons.get(response.status_code, 'refuses')} (HTTP {response.status_code})."


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
