"""`python -m local_cloud up|down|status|env`: the commands of `eros local` where `eros` is not installed."""

from __future__ import annotations

import sys

from local_cloud.cli import app, say
from settings.errors import ErosError


def main() -> None:
    """Run a command; an error is one line on standard error and its exit code."""
    try:
        app(prog_name="python -m local_cloud")
    except ErosError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
