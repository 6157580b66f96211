"""A project that holds the objects which the examples of lint rules refer to."""

from __future__ import annotations

import pytest

from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import OTHERS


@pytest.fixture
def prepared(project: Project) -> Project:
    for path, text in OTHERS.items():
        project.write(path, text)
    return project
