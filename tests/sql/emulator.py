"""The local BigQuery of the SQL tests: one process on free ports, in a folder of its own."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = "eros-local"
START_SECONDS = 60
STOP_SECONDS = 10


@contextlib.contextmanager
def running_emulator(folder: Path) -> Iterator[str]:
    """Start the emulator with its data below `folder`; yields its REST endpoint, stops it on exit.

    Raises RuntimeError with the end of its log when it does not answer.
    """
    port, grpc_port = _free_port(), _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    log = folder / "emulator.log"
    command = [sys.executable, "-m", "local_cloud.emulators.bigquery", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--grpc-port", str(grpc_port)]
    command += ["--project", PROJECT, "--data-dir", str(folder / "data")]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(process, endpoint, log)
        yield endpoint
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    """Poll before any client is used: Google's client waits ten minutes for a closed port."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{endpoint}/bigquery/v2/projects/{PROJECT}/datasets", timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError(f"the BigQuery emulator did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
