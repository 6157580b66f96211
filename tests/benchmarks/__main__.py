"""`make bench`: prints ratios measured side by side in one run. Nothing here passes or fails.

`python -m tests.benchmarks sql --messages 100000 --creators 100` runs a part.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from gcp_local.emulators.bigquery import extensions
from plain_command import streams
from tests.benchmarks import engines, reading, sql, statements, suite, weeks

PARTS = ("reading", "statements", "sql", "weeks", "engines", "suite")


def main() -> None:
    """Runs the parts that are asked for, all of them without arguments."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"{' or '.join(PARTS)}; all without it")
    parser.add_argument("--messages", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes, smallest first")
    parser.add_argument("--creators", type=int, default=100)
    parser.add_argument(
        "--only", action="append", default=[], help="one row of the table, such as selection; repeatable"
    )
    options = parser.parse_args()
    if unknown := set(options.part) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    wanted = options.part or PARTS
    with tempfile.TemporaryDirectory() as folder:
        extensions.install(Path(folder))  # plain DuckDB needs the one for time zones, and nothing is downloaded here
        if "reading" in wanted:
            reading.main()
        if "statements" in wanted:
            statements.main()
        if "sql" in wanted:
            sql.main(options.messages, options.creators, options.only)
        if "weeks" in wanted:
            weeks.main()
        if "engines" in wanted:
            engines.main()
        if "suite" in wanted:
            suite.main()


if __name__ == "__main__":
    streams.run(main)
