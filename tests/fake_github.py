"""A GitHub on loopback that keeps pull requests, comments and issues as the real one does (docs.github.com/en/rest)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT, HEAD = "github-actions[bot]", "a" * 40
PULL = {"number": 7, "state": "open", "head": {"sha": HEAD, "label": "fork:branch"}}


@dataclass
class FakeGitHub:
    """The repository acme/eros; `failures` are answers that come first."""

    token: str
    url: str = ""
    pulls: list[dict[str, Any]] = field(default_factory=lambda: [dict(PULL)])
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def add(self, body: str, login: str = BOT) -> None:
        self.comments.append({"id": len(self.comments) + 1, "body": body, "user": {"login": login}})

    def open(self, body: str, title: str = "", login: str = BOT, **more: Any) -> dict[str, Any]:
        number = len(self.issues) + 100
        made = {"number": number, "title": title, "body": body, "state": "open", "user": {"login": login}, **more}
        self.issues.append(made)
        return made

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        self.calls.append(f"{method} {path}")
        page, size = int(query.get("page", ["1"])[0]), int(query.get("per_page", ["30"])[0])
        part = slice((page - 1) * size, page * size)
        match method, path.removeprefix("/repos/acme/eros/").split("/"):
            case "GET", ["pulls", number]:
                return 200, next(pull for pull in self.pulls if pull["number"] == int(number))
            case "GET", ["pulls"]:
                wanted = query["head"][0]
                return 200, [pull for pull in self.pulls if pull["head"]["label"] == wanted][part]
            case "GET", ["issues", "7", "comments"]:
                return 200, self.comments[part]
            case "POST", ["issues", "7", "comments"]:
                self.add(body["body"])
                return 201, self.comments[-1]
            case "PATCH", ["issues", "comments", number]:
                self.comments[int(number) - 1]["body"] = body["body"]
                return 200, self.comments[int(number) - 1]
            case "GET", ["issues"]:
                return 200, [one for one in self.issues if one["state"] == query["state"][0]][part]
            case "POST", ["issues"]:
                return 201, self.open(body["body"], body["title"])
            case "PATCH", ["issues", number]:
                found = next(one for one in self.issues if one["number"] == int(number))
                found.update(body)
                return 200, found
        return 404, {"message": "Not Found"}


@contextmanager
def serving(fake: FakeGitHub) -> Iterator[FakeGitHub]:
    """Answers at `fake.url` whoever has the token."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            assert self.headers["Authorization"] == f"Bearer {fake.token}"
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers: dict[str, str] = {}
            if fake.failures:
                status, headers = fake.failures.pop(0)
                content: Any = {"message": f"refused {fake.token[:3]}"}
            else:
                body = json.loads(raw) if raw else None
                status, content = fake.answer(self.command, parts.path, parse_qs(parts.query), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PATCH(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=30)
