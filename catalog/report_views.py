"""The report views: what readers see, and all that they see.

Left out are reports on the history of the project's jobs: who reads that needs a right that shows the statements of the
whole project (`settings.roles.READ_JOBS`), which is more than a reader's.
"""

from __future__ import annotations

from catalog.accounts import job_readers
from catalog.catalog import Catalog
from catalog.model import View
from catalog.rights import Rights, through

PREFIX = "monitoring_"


def report_views(catalog: Catalog) -> tuple[View, ...]:
    """Those that stand a second time where readers may look, in the order of their names."""
    named = {name: view for name, view in catalog.views.items() if name.startswith(PREFIX)}
    return tuple(view for name, view in named.items() if not _reads_jobs(catalog, name))


def _reads_jobs(catalog: Catalog, name: str) -> bool:
    rights = through(catalog, Rights(reads=frozenset({name})))
    return bool(job_readers(catalog, rights))
