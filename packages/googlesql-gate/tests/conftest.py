from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from googlesql_gate.analyzer import Analyzer
from googlesql_gate.checker import check
from googlesql_gate.wasm import Service

MESSAGES = """
CREATE TABLE `d.messages` (
  id INT64 NOT NULL,
  page STRING,
  price FLOAT64,
  sent_at TIMESTAMP
);
"""


@pytest.fixture(scope="session")
def service() -> Service:
    """One analyzer instance for all tests of this folder."""
    return Service()


@pytest.fixture
def analyzer(service: Service) -> Analyzer:
    """A fresh catalog on the shared instance."""
    return Analyzer(service)


@pytest.fixture
def findings(tmp_path: Path, analyzer: Analyzer) -> Callable[..., list[str]]:
    """What is printed for a tree with the table `d.messages` and these files: folder__name=text."""

    def findings(**files: str | bytes) -> list[str]:
        for name, text in {"tables__messages": MESSAGES, **files}.items():
            path = tmp_path / "sql" / (name.replace("__", "/") + ".sql")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return [str(finding) for finding in check(tmp_path, analyzer).findings]

    return findings


@pytest.fixture
def in_procedure(findings: Callable[..., list[str]]) -> Callable[[str], list[str]]:
    """What is printed, without the file's name, for a procedure with this body; its first line is line 2."""

    def in_procedure(body: str) -> list[str]:
        head = "CREATE PROCEDURE `d.p`(IN p_id INT64, OUT p_out STRING) BEGIN\n"
        found = findings(procedures__p=head + textwrap.dedent(body).strip("\n") + "\nEND;")
        return [finding.removeprefix("sql/procedures/p.sql:") for finding in found]

    return in_procedure
