"""Who may speak to the local servers: programs of this machine, not web pages that its owner has open.

A page of any site can make a browser send requests to 127.0.0.1: with a name of its own that resolves to the loopback
(DNS rebinding), or without a preflight (a form, `text/plain`). Each of the three headers by which a browser gives
itself away is therefore judged before a request is served; Google's clients, the gcp plugin and curl pass.
The servers that speak gRPC need no guard: a browser cannot send its frames. What a request means is for the server.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OWN_SITES = frozenset({"", "none", "same-origin"})
"""Values of `Sec-Fetch-Site` that do not name another site; only browsers send the header."""
JSON_TYPES = frozenset({"application/json", "text/json"})
BAD_HOST = "Host {value!r} is not this machine: the local cloud answers 127.0.0.1 and localhost only."
BAD_ORIGIN = "Origin {value!r}: the local cloud answers no web page but its own."
BAD_TYPE = "Unsupported content with type: {value}"


class Guard:
    """An ASGI application in front of another one.

    `carries_data` tells of a path whether its requests carry data of any type (an upload); all others carry JSON.
    """

    def __init__(self, app: ASGIApp, carries_data: Callable[[str], bool]) -> None:
        self._app = app
        self._carries_data = carries_data

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on unchanged."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await _answer(send, *refusal)

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in LOOPBACK:
            return 403, "forbidden", BAD_HOST.format(value=host)
        origin = headers.get("origin", f"http://{host}")
        if origin != f"http://{host}" or headers.get("sec-fetch-site", "") not in OWN_SITES:
            return 403, "forbidden", BAD_ORIGIN.format(value=origin)
        if _has_body(headers) and not self._carries_data(scope.get("path", "")):
            kind = headers.get("content-type", "")
            if kind.partition(";")[0].strip().lower() not in JSON_TYPES:
                return 400, "badContent", BAD_TYPE.format(value=kind or "none")
        return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def _answer(send: Send, code: int, reason: str, message: str) -> None:
    status = "PERMISSION_DENIED" if code == 403 else "INVALID_ARGUMENT"
    error = {"code": code, "message": message, "status": status}
    error["errors"] = [{"message": message, "domain": "global", "reason": reason}]
    body = json.dumps({"error": error}).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": code, "headers": head})
    await send({"type": "http.response.body", "body": body})
