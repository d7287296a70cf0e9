"""A small OpenAI-compatible server on a real port, in front of an engine, with faults to order by the model's name.

The engine behind it thinks as long as it likes: the client has to keep the budget itself.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from inference.types import ChunkKind, Engine, Request, Segment

MODELS = (
    "tiny", "inline", "forced-open", "busy", "refuse", "broken", "soon", "later", "drop", "cut", "hang", "garbage", "echo", "starting", "still", "small",
)  # fmt: skip
SMALL = 128
"""Tokens of the context that the model `small` says it has."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: Engine
    seen: list[dict[str, Any]]
    left: threading.Event
    """Set when the client of the model `still` has gone."""

    def do_GET(self) -> None:
        if self.headers.get("authorization") == "Bearer wrong-key":
            return self._json(401, {"error": {"message": "Incorrect API key provided: wrong-key. Ask your administrator."}})
        known = [{"id": name, "owned_by": "test", **({"max_model_len": SMALL} if name == "small" else {})} for name in MODELS]
        self._json(200, {"object": "list", "data": known})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/tokenize":
            return self._json(200, {"count": self.engine.count((Segment(text=body["prompt"]),))})
        self.seen.append(body)
        getattr(self, "_" + body["model"].replace("-", "_"), self._stream)(body)

    def _busy(self, body: dict[str, Any]) -> None:
        self._json(429, {"error": {"message": "too many"}}, {"retry-after": "7"})

    def _soon(self, body: dict[str, Any]) -> None:
        """Busy the first time, for a moment."""
        if sum(seen["model"] == "soon" for seen in self.seen) == 1:
            return self._json(429, {"error": {"message": "too many"}}, {"retry-after": "0.3"})
        self._stream(body)

    def _later(self, body: dict[str, Any]) -> None:
        """Busy until a date, as RFC 9110 also allows."""
        self._json(503, {"error": "loading"}, {"retry-after": formatdate(time.time() + 600, usegmt=True)})

    def _refuse(self, body: dict[str, Any]) -> None:
        self._json(400, {"error": {"message": "unknown option"}})

    def _broken(self, body: dict[str, Any]) -> None:
        self._json(500, {"error": "out of memory"})

    def _echo(self, body: dict[str, Any]) -> None:
        """As servers do that validate: their words hold the input."""
        self._json(422, {"detail": [{"msg": "too long", "input": body["messages"][0]["content"]}]})

    def _starting(self, body: dict[str, Any]) -> None:
        """What a proxy says while the server behind it is away."""
        self._json(502, {"error": "upstream"})

    def _still(self, body: dict[str, Any]) -> None:
        """Reads a long prompt: the reply is begun, and no word comes until the client has gone."""
        self._open()
        self.connection.settimeout(60)
        with suppress(OSError):
            if not self.connection.recv(1):
                self.left.set()
        self.close_connection = True

    def _hang(self, body: dict[str, Any]) -> None:
        time.sleep(3)
        self.close_connection = True

    def _drop(self, body: dict[str, Any]) -> None:
        """The socket closes in the middle of a chunked reply."""
        self._open()
        self._event({"choices": [{"delta": {"content": '{"side"'}}]})
        self.close_connection = True

    def _cut(self, body: dict[str, Any]) -> None:
        """A well-formed reply that ends without a finish reason."""
        self._open()
        self._event({"choices": [{"delta": {"content": '{"side"'}}]})
        self._close()

    def _garbage(self, body: dict[str, Any]) -> None:
        self._open()
        self._write(b"data: <html>\n\n")
        self._close()

    def _stream(self, body: dict[str, Any]) -> None:
        started = body["messages"][-1]["role"] == "assistant"
        thinks = started and body["messages"][-1]["content"] == "<think>\n"
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        prefix = body["messages"][-1]["content"].rpartition("</think>\n\n")[2] if started else ""
        request = Request(
            segments=(Segment(text=body["messages"][0]["content"]),),
            seed=body["seed"],
            think_budget=body["max_tokens"] if thinks else 0 if started else 40,
            max_tokens=body["max_tokens"],
            answer_schema=schema,
            answer_prefix=prefix,
        )
        self._open()
        for text in self._thoughts(request) if thinks else self._deltas(request, body["model"], prefix):
            self._event({"choices": [{"delta": text}]})
        self._event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        self._event({"choices": [], "usage": {"prompt_tokens": 33, "completion_tokens": 9}})
        self._write(b"data: [DONE]\n\n")
        self._close()

    def _thoughts(self, request: Request) -> Iterator[dict[str, str]]:
        """Up to the stop word, which is not sent."""
        for chunk in self.engine.generate(request.model_copy(update={"max_tokens": 2 * request.max_tokens})):
            if chunk.kind is ChunkKind.ANSWER:
                return
            if chunk.kind is ChunkKind.THINK:
                yield {"content": chunk.text}

    def _deltas(self, request: Request, model: str, prefix: str) -> Iterator[dict[str, str]]:
        opened = answered = False
        for chunk in self.engine.generate(request):
            if chunk.kind is ChunkKind.THINK:
                lead = "<think>\n" if model == "inline" and not opened else "Hm, " if not opened else ""
                opened = True
                yield {"reasoning_content" if model == "tiny" else "content": lead + chunk.text}
            elif chunk.kind is ChunkKind.ANSWER and chunk.text != prefix:
                close = "</think>\n\n" if opened and not answered and model != "tiny" else ""
                answered = True
                yield {"content": close + chunk.text}

    def _open(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def _event(self, event: dict[str, Any]) -> None:
        self._write(f"data: {json.dumps(event)}\n\n".encode())

    def _write(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _close(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is not news."""


@contextmanager
def serving(
    engine: Engine, certificate: Path | None = None, left: threading.Event | None = None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The server's address, and the bodies it was sent. `certificate`: PEM with key, for TLS."""
    seen: list[dict[str, Any]] = []
    handler = type("BoundHandler", (Handler,), {"engine": engine, "seen": seen, "left": left or threading.Event()})
    server = QuietServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
