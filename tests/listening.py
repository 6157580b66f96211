"""Real receivers of notifications on loopback: an HTTP server and a mail server that keep what they got."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Http:
    """What was posted: path and JSON body; `answer` is the status it gives."""

    url: str
    got: list[tuple[str, Any]] = field(default_factory=list)
    answer: int = 200


@dataclass
class Smtp:
    """What was mailed; with `refuses` it takes nothing."""

    port: int
    got: list[Message] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def http() -> Iterator[Http]:
    """A server that takes every POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((self.path, json.loads(body)))
            self.send_response(kept.answer)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Http(f"http://127.0.0.1:{server.server_port}")
    with _serving(server):
        yield kept


@contextmanager
def smtp() -> Iterator[Smtp]:
    """A server that speaks as much of RFC 5321 as a client needs."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            while line := self.rfile.readline():
                verb = line.split()[0].upper() if line.split() else b""
                if verb == b"QUIT":
                    self._say("221 bye")
                    return
                if verb == b"RCPT" and kept.refuses:
                    self._say("550 secret words of the server")
                elif verb == b"DATA":
                    self._say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    kept.got.append(message_from_bytes(b"".join(lines)))
                    self._say("250 kept")
                else:
                    self._say("250 fine")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    kept = Smtp(server.server_address[1])
    with _serving(server):
        yield kept


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=30)
