"""A project in a temporary folder: files are written by path, then the catalog is loaded or refused."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from catalog import Catalog, CatalogError, CatalogErrors, load, load_cached


class Project:
    """The files of one test."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> Project:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return self

    def load(self) -> Catalog:
        return load(self.root)

    def findings(self) -> list[CatalogError]:
        try:
            self.load()
        except CatalogErrors as errors:
            return list(errors.findings)
        return []

    def places(self) -> list[tuple[str, int, str]]:
        """Path, line and rule of each finding."""
        return [(str(f.location.path), f.location.line, f.rule) for f in self.findings()]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this repository."""
    return Path(__file__).parents[3]


@pytest.fixture(scope="session")
def declared(repository: Path) -> Catalog:
    """The catalog of this repository."""
    return load_cached(repository)
