"""`eros open`: the board on loopback, read anew when it is asked for, until Ctrl-C.

It answers this machine's own names only (no page elsewhere can give 127.0.0.1 a name of its own and read it), and
nothing but reading: there is one address and one verb.
"""

from __future__ import annotations

import socket
import time
import webbrowser
from collections.abc import Callable
from threading import Lock

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from operations.board import rendering
from operations.board.panels import Board
from settings.errors import ErosError

HOST = "127.0.0.1"
# What is asked for twice within this time is read once: each reading is some statements that are billed.
FRESH_SECONDS = 30.0
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def app(read: Callable[[], Board]) -> Starlette:
    """The one page. `read` makes a board; calls of it never overlap."""
    lock, kept = Lock(), dict[str, tuple[float, str]]()

    def page(_: Request) -> Response:
        with lock:
            made, text = kept.get("page", (0.0, ""))
            if not text or time.monotonic() - made > FRESH_SECONDS:
                text = rendering.render(read(), again=True)
                kept["page"] = (time.monotonic(), text)
        return HTMLResponse(text, headers={**HEADERS, "Content-Security-Policy": rendering.policy()})

    def other(_: Request, __: Exception) -> Response:
        return PlainTextResponse("there is one page: /\n", 404, headers=HEADERS)

    return Starlette(
        routes=[Route("/", page)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
        exception_handlers={404: other},
    )


def bound(port: int) -> socket.socket:
    """A socket on loopback; 0 takes a free port. Errors: ErosError."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except OSError as error:
        found.close()
        message = f"port {port} cannot be had: {error.strerror}"
        raise ErosError(message, fix="leave --port out for a free one, or name another") from None
    return found


def serve(read: Callable[[], Board], listening: socket.socket, say: Callable[[str], None], *, browse: bool) -> None:
    """Serves until it is interrupted."""
    address = f"http://{HOST}:{listening.getsockname()[1]}/"
    config = uvicorn.Config(app(read), log_level="warning", access_log=False, server_header=False, lifespan="off")
    say(f"the board is at {address} (Ctrl-C ends it)")
    if browse and not shown(address):
        say(f"no browser was found here: open {address} yourself, or write a file: eros report html FILE")
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        say("ended")


def shown(address: str) -> bool:
    """Whether a window shows the address. A browser of the terminal is none: it would take this command's."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if type(browser) is webbrowser.GenericBrowser:
        return False
    return browser.open(address)
