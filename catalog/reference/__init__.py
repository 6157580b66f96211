"""The reference documentation, generated from the catalog as Markdown: `undescribed`, `render`, `write`, `stale`.

Owns what the pages say and how they look. What objects are and do is the catalog's; where a page is published
is left to whoever reads the repository.
"""

from catalog.reference.described import undescribed
from catalog.reference.files import render, stale, write

__all__ = ["render", "stale", "undescribed", "write"]
