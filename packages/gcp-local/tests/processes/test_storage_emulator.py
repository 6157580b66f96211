"""The storage emulator keeps objects over a restart."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx

from gcp_local.serving import serving
from gcp_local.supervisor import ports


@contextlib.contextmanager
def storage(folder: Path) -> Iterator[httpx.Client]:
    reserved = ports.Reservation()
    (port,) = reserved.free(1)
    command = [sys.executable, "-m", "gcp_local.emulators.storage", "--port", str(port), "--data-dir", str(folder)]
    with (
        reserved,
        serving(command, partial(ports.answers, port), folder.with_name("log")),
        httpx.Client(base_url=f"https://127.0.0.1:{port}", timeout=10, trust_env=False, verify=False) as client,
    ):
        yield client


def test_an_object_survives_a_kill(tmp_path: Path) -> None:
    with storage(tmp_path / "objects") as client:
        assert client.post("/storage/v1/b", json={"name": "bucket"}).is_success
        upload = "/upload/storage/v1/b/bucket/o?uploadType=media&name=a/b.txt"
        assert client.post(upload, content="hello").is_success
    with storage(tmp_path / "objects") as client:
        assert client.get("/storage/v1/b/bucket/o/a%2Fb.txt?alt=media").text == "hello"
