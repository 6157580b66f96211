"""`python -m gcp_local.services.discovery FOLDER [NAME...]`: renews the kept documents from those in FOLDER.

FOLDER holds Google's documents, as the wheel of google-api-python-client has them in
`googleapiclient/discovery_cache/documents`. NAME, such as `pubsub.v1`, adds one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from gcp_local.services.discovery.document import FOLDER
from gcp_local.services.discovery.prune import prune, text
from plain_command import streams
from plain_command.errors import UserError


def renew(source: Path, names: Sequence[str], target: Path) -> list[str]:
    """Prune the documents kept already and those named; says which revision each has now."""
    said = []
    for name in sorted({*names, *(path.stem for path in target.glob("*.json"))}):
        path = source / f"{name}.json"
        if not path.is_file():
            raise UserError(f"{path}: there is no such document", fix="name the folder that holds Google's documents")
        pruned = prune(json.loads(path.read_text(encoding="utf-8")))
        (target / path.name).write_text(text(pruned), encoding="utf-8")
        said.append(f"{name}: revision {pruned['revision']}, {len(pruned['methods'])} methods")
    return said


def main(argv: Sequence[str] | None = None) -> int:
    """Renew what is kept. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gcp_local.services.discovery", description=__doc__)
    parser.add_argument("folder", type=Path, help="where Google's documents are")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a document to add, for example pubsub.v1")
    given = parser.parse_args(argv)
    try:
        print("\n".join(renew(given.folder, given.names, FOLDER)))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    streams.run(main)
