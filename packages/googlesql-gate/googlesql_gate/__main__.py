"""`python -m googlesql_gate [ROOT]`: checks every file below ROOT/sql."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from googlesql_gate.checker import check
from plain_command import streams


def main(arguments: list[str] | None = None) -> int:
    """Prints `file:line:column: message` for each finding. 0: none; 1: some; 2: nothing to check."""
    parser = argparse.ArgumentParser(prog="python -m googlesql_gate", description=check.__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(), help="folder that holds sql/ (default: here)")
    root: Path = parser.parse_args(arguments).root
    try:
        report = check(root)
    except FileNotFoundError as error:
        print(f"{error}: give the folder above it", file=sys.stderr)
        return 2
    for finding in report.findings:
        print(finding)
    if not report.findings:
        print(f"checked {report.statements} statements in {report.files} files")
    return 1 if report.findings else 0


if __name__ == "__main__":
    streams.run(main)
