"""The entrance for engines, which run this folder: `pulumi preview --policy-pack policies`."""

import sys
from pathlib import Path


def main() -> None:
    """Serves the rules of the tree that this file lies in."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from policies.analyzer import serve

    serve()


main()
