"""`python -m gcp_local.services`: serve all services of the local cloud from one state folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from gcp_local import environment
from gcp_local.services import enablement, receivers
from gcp_local.services.app import create_app
from gcp_local.services.cloud import Cloud, MovableClock
from gcp_local.services.errors import ApiError
from gcp_local.services.monitoring.evaluator import Evaluator
from gcp_local.services.store import Store
from gcp_local.services.transfer.runner import Runner
from plain_command import streams
from plain_command.errors import UserError


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(prog="python -m gcp_local.services", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps what the services are given")
    parser.add_argument(
        "--bigquery-url", required=True, help="the BigQuery emulator, for example http://127.0.0.1:9050"
    )
    parser.add_argument("--storage-url", required=True, help="the object emulator, for example http://127.0.0.1:9051")
    parser.add_argument("--project", default=environment.project(), help="id of the one project (default: %(default)s)")
    parser.add_argument("--enable", nargs="*", default=[], metavar="API", help="APIs that the project's owner enabled")
    parser.add_argument(
        "--no-scheduler", action="store_true", help="start no run and evaluate no alert policy unless asked to"
    )
    stated, kept = os.environ.get, "else what was set last"
    mail, web = environment.STATED_SMTP, environment.STATED_RECEIVERS
    parser.add_argument("--smtp", default=stated(mail), help=f"HOST:PORT that gets mails of alerts (${mail}, {kept})")
    parser.add_argument("--receivers", default=stated(web), help=f"URL that gets their requests (${web}, {kept})")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted. Returns the exit code."""
    given = arguments(argv)
    try:
        store = Store(given.state / "services" / "services.sqlite3")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    cloud = Cloud(
        store=store,
        bigquery_url=given.bigquery_url.rstrip("/"),
        storage_url=given.storage_url.rstrip("/"),
        project=given.project,
        clock=MovableClock(store),
    )
    for host in given.enable:
        enablement.set_enabled(cloud, host, True)
    try:
        _set_receivers(cloud, given.smtp, given.receivers)
    except ApiError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 1
    runner = Runner(cloud, by_schedule=not given.no_scheduler)
    app = create_app(cloud, runner, evaluator=None if given.no_scheduler else Evaluator(cloud))
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)
    return 0


def _set_receivers(cloud: Cloud, smtp: str | None, http: str | None) -> None:
    known = receivers.read(cloud)
    if smtp is not None or http is not None:
        receivers.write(
            cloud, {"smtp": known.smtp if smtp is None else smtp, "http": known.http if http is None else http}
        )


if __name__ == "__main__":
    streams.keep_going()  # whoever reads its log may leave
    streams.run(main)
