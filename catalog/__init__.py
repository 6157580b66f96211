"""What `sql/` and `config/` declare, parsed and checked; `load` is the entrance. Knows no cloud and no Pulumi."""

from catalog.catalog import Catalog
from catalog.errors import CatalogError, CatalogErrors
from catalog.loading import load

__all__ = ["Catalog", "CatalogError", "CatalogErrors", "load"]
