from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_cloud import ToyCloud, ToyProvider, serve
from toy_stack import ToyStack

from embedded_engine import crypter


@pytest.fixture(autouse=True)
def quick_key_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million rounds are the file format's, and tested on their own; here they would only take time."""
    monkeypatch.setattr(crypter, "_ROUNDS", 10)


@pytest.fixture
def cloud(tmp_path: Path) -> ToyCloud:
    return ToyCloud(tmp_path / "cloud.db")


@pytest.fixture
def provider(cloud: ToyCloud) -> ToyProvider:
    return ToyProvider(cloud)


@pytest.fixture
def stack(tmp_path: Path, cloud: ToyCloud, provider: ToyProvider) -> Iterator[ToyStack]:
    server, port = serve(provider)
    yield ToyStack(tmp_path, port, cloud)
    server.stop(None)
