"""A sum of 64-bit hashes overflows after some ten thousand rows.

Fault: BIGNUMERIC is a decimal of 38 digits here, 20 of them before the point; BigQuery's has 38 before the point. The
sum of hashes as BIGNUMERIC, which is how the content of a table is told from another's, ends in an overflow.
Why it matters: tables of a hundred thousand rows are backed up and migrated.
Here `SUM(CAST(FARM_FINGERPRINT(x) AS BIGNUMERIC))` that becomes text is added as integers of 128 bits.
Drop it when upstream has wide BIGNUMERICs.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.sql import rules
from sqlglot import exp

HASH = "farm_fingerprint"
WIDE = exp.DataType.Type.INT128


def apply() -> None:
    """Widen such sums before the translation."""
    rules.STATEMENT_RULES.insert(0, widen)


def widen(tree: exp.Expr, _context: Any) -> exp.Expr:
    """A rule of the translation: the tree, with the hashes of such sums as integers."""
    for total in tree.find_all(exp.Sum):
        cast, text = total.this, total.parent
        if _is_hash(cast) and isinstance(text, exp.Cast) and text.to.this == exp.DataType.Type.TEXT:
            cast.set("to", exp.DataType(this=WIDE, nested=False))
    return tree


def _is_hash(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.Cast)
        and node.to.this == exp.DataType.Type.BIGDECIMAL
        and isinstance(node.this, exp.Anonymous)
        and node.this.name.lower().endswith(HASH)
    )
