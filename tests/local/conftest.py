"""Fixtures of the tests on real processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gcp_local.testing import Emulator, emulator


@pytest.fixture(scope="session")
def bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One BigQuery emulator; tests make datasets of their own."""
    with emulator(tmp_path_factory.mktemp("bigquery")) as started:
        yield started


@pytest.fixture
def dataset(bigquery: Emulator) -> Iterator[str]:
    """A dataset for one test."""
    name = bigquery.dataset()
    yield name
    bigquery.call("DELETE", f"/datasets/{name}", deleteContents="true")
