"""Transfer runs without the thread that runs them in the background."""

from __future__ import annotations

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json
from gcp_local.services.transfer import runner


def run_pending(cloud: Cloud) -> list[Json]:
    """Execute all waiting runs, one after the other, in this thread; the runs as they ended."""
    ended: list[Json] = []
    while claimed := runner.claim(cloud):
        ended += [runner.execute(cloud, run) for run in claimed]
    return ended
