"""A project that holds the objects which the examples of lint rules refer to."""

from __future__ import annotations

from pathlib import Path

import pytest
from typing_extensions import override

from catalog import CatalogError
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import OTHERS


class Examples(Project):
    """Every example is called x, and beside x_at it would have to be its wrapper: that rule has tests of its own."""

    @override
    def findings(self) -> list[CatalogError]:
        return [finding for finding in super().findings() if finding.rule != "wrapper-form"]


@pytest.fixture
def prepared(tmp_path: Path) -> Project:
    project = Examples(tmp_path)
    for path, text in OTHERS.items():
        project.write(path, text)
    return project
