"""The audit of pinned packages, against recorded answers of OSV on loopback: known, none, and no audit at all."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
HASH = "--hash=sha256:" + "0" * 64
# https://api.osv.dev/v1/query for requests 2.31.0, without prose.
ADVISORY = {
    "vulns": [
        {
            "id": "GHSA-9wx4-h78v-vm56",
            "summary": "Requests `Session` object does not verify requests",
            "details": "x",
            "aliases": ["CVE-2024-35195"],
            "modified": "2024-09-20T16:54:12Z",
            "published": "2024-05-20T20:15:00Z",
            "affected": [
                {
                    "package": {"name": "requests", "ecosystem": "PyPI", "purl": "pkg:pypi/requests"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.32.0"}]}],
                }
            ],
            "schema_version": "1.6.0",
        }
    ]
}


@pytest.fixture
def osv() -> Iterator[tuple[str, list[str]]]:
    """The address of a database that knows one vulnerability, and which packages it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(query["package"]["name"])
            is_known = (query["package"]["name"], query["version"]) == ("requests", "2.31.0")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(ADVISORY if is_known else {}).encode())

        def log_message(self, *_: Any) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
    server.shutdown()
    server.server_close()
    thread.join(timeout=30)


def audit(url: str, *files: str) -> tuple[int, str]:
    environment = {**os.environ, "OSV_URL": url}
    done = subprocess.run(
        [ROOT / "scripts/audit", *files], env=environment, capture_output=True, text=True, timeout=120
    )
    assert "Traceback" not in done.stdout
    return done.returncode, done.stdout + done.stderr


def pins(path: Path, *lines: str) -> str:
    path.write_text("".join(f"{line} \\\n    {HASH}\n" for line in lines))
    return str(path)


def test_every_pin_is_looked_at(osv: tuple[str, list[str]]) -> None:
    url, asked = osv
    code, said = audit(url)
    assert code == 0, said
    assert f"audited {len(asked)} pinned packages\n" in said
    assert len(asked) > 100
    assert {"pulumi", "duckdb", "requests"} <= set(asked)


def test_a_known_vulnerability_fails_and_names_the_version_that_mends_it(
    osv: tuple[str, list[str]], tmp_path: Path
) -> None:
    code, said = audit(osv[0], pins(tmp_path / "r.txt", "requests==2.31.0", "rich==15.0.0"))
    assert code != 0
    assert "requests 2.31.0: CVE-2024-35195, GHSA-9wx4-h78v-vm56; mended in 2.32.0" in said
    assert "audited 2 pinned packages" in said


def test_an_audit_of_nothing_fails(osv: tuple[str, list[str]], tmp_path: Path) -> None:
    code, said = audit(osv[0], pins(tmp_path / "none.txt"))
    assert code != 0, said


def test_a_database_that_does_not_answer_fails(tmp_path: Path) -> None:
    code, said = audit("http://127.0.0.1:9/v1/query", pins(tmp_path / "r.txt", "rich==15.0.0"))
    assert code != 0
    assert "nothing was audited" in said
