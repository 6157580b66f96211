"""`python -m gcp_local.provider --port P`: serve the gcp provider until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from gcp_local.provider.errors import ProviderError
from gcp_local.provider.registry import warm
from gcp_local.provider.server import serve
from plain_command import streams

GRACE_SECONDS = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Serve; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gcp_local.provider", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    options = parser.parse_args(argv)
    try:
        server, _ = serve(options.port)
    except ProviderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    threading.Thread(target=warm, name="warm", daemon=True).start()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    server.stop(GRACE_SECONDS).wait()
    return 0


if __name__ == "__main__":
    streams.keep_going()  # whoever reads its log may leave
    streams.run(main)
