"""What `sql/` and `config/` declare, parsed and checked; `load` is the entrance, `load_cached` the
same for files that were read before. Knows no cloud and no Pulumi."""

from catalog.accounts import Grant, grants_of_accounts, grants_of_weeks, tables_of
from catalog.addresses import Address, Placement
from catalog.cache import load_cached
from catalog.catalog import Catalog, source_columns
from catalog.checks import Check
from catalog.column_changes import Change
from catalog.compat import changes, losses, refusals
from catalog.errors import CatalogError, CatalogErrors
from catalog.loading import load
from catalog.placement import placement
from catalog.report_views import report_views
from catalog.rights import Rights, rights_of
from catalog.schedules import Schedule
from catalog.week_rights import rights_of_weeks

__all__ = [
    "Address",
    "Catalog",
    "CatalogError",
    "CatalogErrors",
    "Change",
    "Check",
    "Grant",
    "Placement",
    "Rights",
    "Schedule",
    "changes",
    "grants_of_accounts",
    "grants_of_weeks",
    "load",
    "load_cached",
    "losses",
    "placement",
    "refusals",
    "report_views",
    "rights_of",
    "rights_of_weeks",
    "source_columns",
    "tables_of",
]
