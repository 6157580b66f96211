"""What the declared SQL reads, statement by statement, and what BigQuery would bill for it. No network, no cloud.

`windows` derives how many days of partitions a predicate leaves; `scans` follows views and table functions down
to tables; `calls` follows a schedule's procedure through everything that it calls; `sizes` is the model of how
large tables are; `estimate` puts the four together;
`dry_runs` is what BigQuery can be asked instead. Prices and tables for people are `operations.cost_report`'s.
"""

from catalog.cost.calls import Billed, billed_statements
from catalog.cost.dry_runs import dry_script
from catalog.cost.estimate import MINIMUM_BYTES, RunCost, ScheduleCost, estimate
from catalog.cost.scans import Scan, object_scans, query_scans
from catalog.cost.sizes import TableSize, assumed_sizes
from catalog.volumes import Volume

__all__ = [
    "MINIMUM_BYTES",
    "Billed",
    "RunCost",
    "Scan",
    "ScheduleCost",
    "TableSize",
    "Volume",
    "assumed_sizes",
    "billed_statements",
    "dry_script",
    "estimate",
    "object_scans",
    "query_scans",
]
