"""A real HTTP server on this machine that publishes files, with ranges and ETags, and misbehaves as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler", bytes], None]
"""Writes one response to a request for this content."""


class Publisher:
    """`files` by path; `answers` are used up one a request, then it behaves."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.tag = '"v1"'
        self.answers: list[Answer] = []
        self.asked: list[dict[str, str]] = []
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    publisher: Publisher

    def do_GET(self) -> None:
        self.publisher.asked.append({"path": self.path, **{key.lower(): value for key, value in self.headers.items()}})
        content = self.publisher.files.get(self.path)
        if content is None:
            return status(404)(self, b"")
        answer = self.publisher.answers.pop(0) if self.publisher.answers else well
        try:
            answer(self, content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def begin(self, code: int, **headers: object) -> None:
        self.send_response(code)
        for key, value in {"ETag": self.publisher.tag, **headers}.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()

    def wanted(self, content: bytes) -> int:
        """Where the answer starts: what Range says, if If-Range still holds."""
        holds = self.headers.get("If-Range", self.publisher.tag) == self.publisher.tag
        return int(self.headers.get("Range", "bytes=0-")[6:-1]) if holds else 0

    def drop(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(2)

    def log_message(self, *args: object) -> None:
        pass


def well(handler: Handler, content: bytes) -> None:
    start = handler.wanted(content)
    if start >= len(content):
        return handler.begin(416, Content_Length=0, Content_Range=f"bytes */{len(content)}")
    extent = {"Content_Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
    handler.begin(206 if start else 200, Content_Length=len(content) - start, Accept_Ranges="bytes", **extent)
    handler.wfile.write(content[start:])


def drops_after(count: int) -> Answer:
    def answer(handler: Handler, content: bytes) -> None:
        start = handler.wanted(content)
        extent = {"Content_Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        handler.begin(206 if start else 200, Content_Length=len(content) - start, **extent)
        handler.wfile.write(content[start : start + count])
        handler.drop()

    return answer


def ignores_ranges(handler: Handler, content: bytes) -> None:
    handler.begin(200, Content_Length=len(content))
    handler.wfile.write(content)


def says_length(count: int) -> Answer:
    """A length that is not the body's."""

    def answer(handler: Handler, content: bytes) -> None:
        handler.begin(200, Content_Length=count)
        handler.wfile.write(content[:count])
        handler.drop()

    return answer


def endless(handler: Handler, content: bytes) -> None:
    handler.begin(200, Transfer_Encoding="chunked")
    handler.wfile.write(b"4\r\nGGUF\r\n")
    while True:
        handler.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")


def other_range(handler: Handler, content: bytes) -> None:
    handler.begin(206, Content_Length=4, Content_Range=f"bytes 7-{len(content) - 1}/{len(content)}")
    handler.wfile.write(content[7:11])
    handler.drop()


def status(code: int, **headers: object) -> Answer:
    def answer(handler: Handler, content: bytes) -> None:
        handler.begin(code, Content_Length=0, **headers)

    return answer


def leads_to(url: str) -> Answer:
    return status(302, Location=url)


@contextmanager
def publishing() -> Iterator[Publisher]:
    publisher = Publisher()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"publisher": publisher}))
    server.daemon_threads = True
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
