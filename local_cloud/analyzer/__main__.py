"""`python -m local_cloud.analyzer [ROOT]`: checks ROOT/sql and what is made of ROOT/config, as `make check` does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import streams
from catalog import CatalogError, reference_data
from local_cloud.analyzer.checker import check


def main(arguments: list[str] | None = None) -> int:
    """Prints `file:line:column: message` for each finding. 0: none; 1: some; 2: nothing to check."""
    parser = argparse.ArgumentParser(prog="python -m local_cloud.analyzer", description=check.__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(), help="folder that holds sql/ (default: here)")
    root: Path = parser.parse_args(arguments).root
    try:
        report = check(root, generated=reference_data.generated(root))
    except FileNotFoundError as error:
        print(f"{error}: give the project's folder", file=sys.stderr)
        return 2
    except CatalogError as error:
        print(error, file=sys.stderr)
        return 1
    for finding in report.findings:
        print(finding)
    if not report.findings:
        print(f"checked {report.statements} statements in {report.files} files")
    return 1 if report.findings else 0


if __name__ == "__main__":
    streams.run(main)
