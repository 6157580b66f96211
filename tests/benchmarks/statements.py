"""What a trivial statement costs on the local BigQuery, and that other datasets do not make it dearer.

Aims: `SELECT 1` in 50 ms, and a ratio near 1 whatever is deployed beside it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

import catalog
from catalog import Catalog, Placement
from tests.deploying import Deployment
from tests.sql.emulator import PROJECT, ROOT, running_emulator

TURNS = 9
SECONDS = 300
DATASETS = 4
AIMS = {"SELECT 1": ", each 50 ms"}
STATEMENTS = 20


def main() -> None:
    """Measures beside one deployed dataset and beside four, and prints the growth."""
    with tempfile.TemporaryDirectory() as scratch, running_emulator(Path(scratch)) as endpoint:
        server = Server(endpoint)
        declared = catalog.load(ROOT)
        server.deploy(declared, "d1")
        server.prepare("d1")
        alone = server.measure("d1")
        for number in range(2, DATASETS + 1):
            server.deploy(declared, f"d{number}")
        beside = server.measure("d1")
    print(f"\na statement beside {len(declared.order())} objects, and beside {DATASETS} times as many")
    for name, seconds in alone.items():
        others, aim = beside[name], f"(aim 1{AIMS.get(name, '')})"
        print(f"  {name:22}{seconds * 1000:8.0f} ms{others * 1000:8.0f} ms   ratio {others / seconds:.2f} {aim}")


class Server:
    """A started BigQuery, over plain REST."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._url = f"{endpoint}/bigquery/v2/projects/{PROJECT}"
        self._session = requests.Session()

    def deploy(self, declared: Catalog, dataset: str) -> None:
        """All declared objects in a dataset of this name."""
        deployment = Deployment(self._endpoint, declared, Placement(PROJECT, dataset))
        deployment.dataset(dataset)
        deployment.create_all(declared.order())

    def prepare(self, dataset: str) -> None:
        """The table and the procedure that are measured."""
        self._query(f"CREATE TABLE `{dataset}.measured` (a INT64)")
        body = f"UPDATE `{dataset}.measured` SET a = 2 WHERE a = 1;\n" * STATEMENTS
        self._query(f"CREATE PROCEDURE `{dataset}.many`() BEGIN\n{body}END")

    def measure(self, dataset: str) -> dict[str, float]:
        """Median seconds of each kind of statement."""
        kinds = {
            "SELECT 1": "SELECT 1",
            "INSERT of one row": f"INSERT INTO `{dataset}.measured` (a) VALUES (3)",
            f"CALL of {STATEMENTS} statements": f"CALL `{dataset}.many`()",
        }
        return {name: statistics.median(self._timed(sql) for _ in range(TURNS)) for name, sql in kinds.items()}

    def _timed(self, sql: str) -> float:
        started = time.perf_counter()
        self._query(sql)
        return time.perf_counter() - started

    def _query(self, sql: str) -> None:
        self._post("/queries", {"query": sql, "useLegacySql": False, "timeoutMs": SECONDS * 1000})

    def _post(self, path: str, body: Any) -> None:
        answer = self._session.post(self._url + path, json=body, timeout=SECONDS)
        if not answer.ok:
            raise SystemExit(f"{path}: {answer.text}")
