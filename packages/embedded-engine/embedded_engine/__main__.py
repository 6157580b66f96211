"""`python -m embedded_engine VERB ...`: the engine as a command."""

from __future__ import annotations

import sys

from plain_command import streams


def main(argv: list[str] | None = None) -> int:
    """Runs the engine's command line (default: the process's own) and returns the exit code."""
    try:
        from embedded_engine.cli import run  # with it the SDK, which looks for a temporary folder
    except FileNotFoundError as error:
        print(f"error: {error.strerror}\n  fix: make room, or name another folder with TMPDIR", file=sys.stderr)
        return 1
    return run(sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    streams.run(main)
