"""`load`, the entrance to reading the files. What reads them, the SQL parser above all, is imported by the first call:
whoever finds the result kept (`catalog.cache`) goes without."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.catalog import Catalog
    from catalog.lint.clean_files import Verdicts


def load(root: Path, verdicts: Verdicts | None = None) -> Catalog:
    """Everything declared below `root`/sql and `root`/config, checked; `verdicts` know which files were clean before.

    Raises CatalogErrors with every finding of every file; no network, no Pulumi.
    """
    from catalog.loader import read

    return read(root, verdicts)
