"""`python -m catalog check [ROOT]`: prints every finding as `path:line: what`, or one line that sums up."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from catalog import CatalogErrors, load


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when everything that is declared below the root is sound, else 1."""
    parser = argparse.ArgumentParser(prog="python -m catalog", description="Check sql/ and config/.")
    parser.add_argument("verb", choices=["check"], help="check: read everything and report what is wrong")
    parser.add_argument("root", nargs="?", type=Path, default=Path.cwd(), help="the project's folder")
    options = parser.parse_args(arguments)
    try:
        catalog = load(options.root.resolve())
    except CatalogErrors as errors:
        print(errors, file=sys.stderr)
        return 1
    counts = {
        "tables": catalog.tables,
        "views": catalog.views,
        "materialized views": catalog.materialized_views,
        "routines": catalog.routines,
        "schedules": catalog.schedules,
        "seeds": catalog.seeds,
    }
    print("catalog: " + ", ".join(f"{len(items)} {name}" for name, items in counts.items()) + ": all sound")
    return 0


if __name__ == "__main__":
    sys.exit(main())
