"""The Sheets service of the local cloud, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.operations.sheets.local_sheets import LocalSheets, local_sheets


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSheets]:
    with local_sheets(tmp_path, monkeypatch) as found:
        yield found
