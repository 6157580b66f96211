"""A BigQuery emulator for tests, spoken to over plain REST."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from gcp_local import environment
from gcp_local.serving import Server
from gcp_local.supervisor import ports
from gcp_local.supervisor.specs import OK, answers_http

PROJECT = environment.project()
NO_RETRY: Any = None  # what the clients take for it and their annotations leave out
STOCK = "GCP_LOCAL_STOCK_BIGQUERY"  # set it to run the tests of the patches against an emulator without them


class Emulator:
    """A started emulator. Paths of calls are relative to the project.

    `first`: Python that runs in its process before it starts.
    """

    def __init__(self, folder: Path, *, home: Path | None = None, first: str = "") -> None:
        self.folder = folder
        self._reserved = ports.Reservation()
        self.port, grpc = self._reserved.free(2)
        command = [
            *(sys.executable, "-c", f"{first}\nfrom gcp_local.emulators.bigquery.__main__ import main\nmain()"),
            *("--project", PROJECT),
            *("--port", str(self.port), "--grpc-port", str(grpc), "--data-dir", str(folder / "data")),
            *("--threads", "1"),  # many small statements, and as many emulators as workers
            *(["--stock"] if os.environ.get(STOCK) else []),
        ]
        answers = partial(answers_http(f"/bigquery/v2/projects/{PROJECT}/datasets", OK), self.port)
        self._server = Server(command, answers, folder / "log", os.environ | {"HOME": str(home or folder)})
        self.process = self._server.process
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/bigquery/v2/projects/{PROJECT}", timeout=30, trust_env=False
        )

    def wait(self) -> None:
        self._server.wait()
        self._reserved.release()

    def call(self, method: str, path: str, body: Any = None, **parameters: str) -> dict[str, Any]:
        """The answer's JSON. An error is an answer like any other."""
        response = self.client.request(method, path, json=body, params=parameters)
        return response.json() if response.content else {}

    def insert(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.call("POST", path, body)
        assert "error" not in answer, answer
        return answer

    def refused(self, method: str, path: str, body: Any = None, code: int = 400) -> str:
        """The error's message; fails when the call is not refused with `code`."""
        answer = self.call(method, path, body)
        assert answer.get("error", {}).get("code") == code, answer
        return str(answer["error"]["message"])

    def rows(self, sql: str) -> list[list[Any]]:
        """Rows of a query or of a script's last statement, values as BigQuery's REST writes them."""
        answer = self.call("POST", "/queries", {"query": sql, "useLegacySql": False, "timeoutMs": 30000})
        assert "error" not in answer, answer
        return [[cell["v"] for cell in row["f"]] for row in answer.get("rows", [])]

    def dataset(self) -> str:
        """A new empty dataset's id."""
        name = f"d{uuid.uuid4().hex[:8]}"
        self.insert("/datasets", {"datasetReference": {"datasetId": name}})
        return name

    def table(self, dataset: str, table: str, fields: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        reference = {"projectId": PROJECT, "datasetId": dataset, "tableId": table}
        body = {"tableReference": reference, "schema": {"fields": fields}, **more}
        return self.insert(f"/datasets/{dataset}/tables", body)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self._server.stop(number)
        self._reserved.release()
        self.client.close()


@contextlib.contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    started = Emulator(folder)
    try:
        started.wait()
        yield started
    finally:
        started.stop(signal.SIGKILL)
