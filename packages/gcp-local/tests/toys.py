"""Toy processes for the supervisor: an HTTP server that answers `/`, and ways to make it misbehave."""

from __future__ import annotations

import sys
from pathlib import Path

from gcp_local.supervisor.specs import Layout, Spec, answers_http

SERVER = """
import http.server, os, subprocess, sys, signal, time
port, folder, *how = sys.argv[1:]
name = os.path.basename(folder)
print("hello from", name, flush=True)
if "fails" in how or os.path.exists(folder + ".fails"):
    sys.exit("cannot open the shop")
if "deaf" in how:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "parent" in how:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    open(folder + ".child", "w").write(str(child.pid))
if "slow" in how:
    time.sleep(1)
if "silent" in how:
    time.sleep(300)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(name.encode())
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
"""


def toy(name: str, *how: str, needs: tuple[str, ...] = (), further: tuple[str, ...] = (), deadline: float = 20) -> Spec:
    """A process called `name`; `how` is any of fails, deaf, parent, slow, silent."""

    def command(layout: Layout) -> list[str]:
        return [sys.executable, "-c", SERVER, str(layout.ports[name]), str(layout.state / name), *how]

    ready = answers_http("/", range(200, 201))
    return Spec(name, command, ready, needs=needs, after=needs, further_ports=further, deadline=deadline)


def break_next_start(folder: Path, name: str) -> None:
    (folder / f"{name}.fails").touch()
