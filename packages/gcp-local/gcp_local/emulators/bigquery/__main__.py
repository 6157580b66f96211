"""Start the BigQuery emulator: REST on `--port`, the storage APIs over gRPC on `--grpc-port`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import Any

from gcp_local.emulators.bigquery import extensions
from gcp_local.guard import Guard
from plain_command import streams
from plain_command.errors import UserError

GRACE_SECONDS = 2
COLLECTION_THRESHOLD = 100_000  # new objects; Python's own is 2,000


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line of the emulator."""
    parser = argparse.ArgumentParser("python -m gcp_local.emulators.bigquery", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="REST")
    parser.add_argument("--grpc-port", type=int, required=True, help="Storage Read and Write API")
    parser.add_argument("--project", required=True, help="default project, made at the first start")
    parser.add_argument("--data-dir", type=Path, required=True, help="everything the emulator keeps")
    parser.add_argument("--threads", type=int, help="how many DuckDB may use (default: one for each core)")
    parser.add_argument("--stock", action="store_true", help="leave our patches out: shows what they mend")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code."""
    options = arguments(argv)
    os.environ.pop("GCS_LOCAL_ROOT", None)  # objects are in the storage emulator, never in plain folders
    try:
        extensions.install(options.data_dir.resolve() / "extensions")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    serve(options)
    return 0


def serve(options: argparse.Namespace) -> None:
    """Configure, patch and run `local-bigquery`, imported only now because it reads settings on import."""
    import uvicorn
    from local_bigquery.settings import settings

    settings.bigquery_host = options.host
    settings.bigquery_port = options.port
    settings.grpc_port = options.grpc_port
    settings.default_project_id = options.project
    settings.data_dir = options.data_dir.resolve()
    os.chdir(settings.data_dir)  # DuckDB spills into .tmp of the working folder

    from gcp_local.emulators.bigquery import patches

    if not options.stock:
        patches.apply()
    if options.threads:
        _limit_threads(options.threads)
    from local_bigquery.app import app
    from local_bigquery.grpc import server

    _collect_seldom()
    grpc_server, _ = server.start(options.host, options.grpc_port)
    guarded = Guard(app, carries_data=lambda path: path.startswith("/upload/"))
    uvicorn.run(
        guarded, host=options.host, port=options.port, access_log=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    grpc_server.stop(None)


def _collect_seldom() -> None:
    """Parsed statements are large trees that most often die whole: Python would look through them again and again."""
    gc.collect()
    gc.freeze()  # what was imported stays
    gc.set_threshold(COLLECTION_THRESHOLD)


def _limit_threads(count: int) -> None:
    """Of every database that is opened from now on; an open one's configuration is locked."""
    import duckdb

    connect: Any = duckdb.connect
    module: Any = duckdb
    module.connect = lambda *args, config=None, **more: connect(
        *args, config={**(config or {}), "threads": count}, **more
    )


if __name__ == "__main__":
    streams.keep_going()  # whoever reads its log may leave
    streams.run(main)
