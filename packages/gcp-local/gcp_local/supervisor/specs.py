"""The processes of the local cloud: how each is started and when it is ready."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gcp_local import environment
from gcp_local.environment import BIGQUERY, HOST, PROVIDER, SERVICES, STORAGE
from gcp_local.supervisor import ports

Ports = Mapping[str, int]
PROBE_SECONDS = 5.0
MARKER = "GCP_LOCAL_CLOUD_OF"


@dataclass(frozen=True)
class Layout:
    """What a process is told when it starts: the state folder and everybody's ports.

    `ports` holds the main port of each process under its name, a further one as `NAME.further`.
    """

    state: Path
    ports: Ports


@dataclass(frozen=True)
class Spec:
    """One process.

    `after`: what must be ready before it starts. `needs`: whose ports it is told, so that it is started anew
    when they change. `deadline`: seconds until it must answer `ready`, a probe of its main port.
    """

    name: str
    command: Callable[[Layout], list[str]]
    ready: Callable[[int], bool]
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    further_ports: tuple[str, ...] = ()
    variables: Callable[[Layout], dict[str, str]] = lambda _: {}
    deadline: float = 60.0


def answers_http(path: str, statuses: range) -> Callable[[int], bool]:
    """A probe: GET `path` answers with one of `statuses`."""

    def probe(port: int) -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=PROBE_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status in statuses
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return probe


OK = range(200, 300)


def _bigquery_answers(port: int) -> bool:
    return answers_http(f"/bigquery/v2/projects/{environment.project()}/datasets", OK)(port)


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def _bigquery(layout: Layout) -> list[str]:
    return _module(
        "gcp_local.emulators.bigquery",
        *("--port", str(layout.ports[BIGQUERY]), "--grpc-port", str(layout.ports[f"{BIGQUERY}.grpc"])),
        *("--project", environment.project(), "--data-dir", str(layout.state / BIGQUERY)),
    )


def _storage(layout: Layout) -> list[str]:
    return _module(
        "gcp_local.emulators.storage",
        *("--port", str(layout.ports[STORAGE]), "--data-dir", str(layout.state / STORAGE)),
    )


def _services(layout: Layout) -> list[str]:
    return _module(
        "gcp_local.services",
        *("--port", str(layout.ports[SERVICES]), "--state", str(layout.state)),
        *("--bigquery-url", environment.url(layout.ports[BIGQUERY])),
        *("--storage-url", f"https://{HOST}:{layout.ports[STORAGE]}"),
        *("--enable", *environment.FIRST_APIS),
    )


def _provider(layout: Layout) -> list[str]:
    return _module("gcp_local.provider", "--port", str(layout.ports[PROVIDER]))


def _storage_host(layout: Layout) -> dict[str, str]:
    """Load and extract jobs reach the objects as every client does."""
    return {environment.STORAGE_HOST: environment.url(layout.ports[SERVICES])}


def _endpoints(layout: Layout) -> dict[str, str]:
    return environment.variables(layout.ports, layout.state, plugin=True)


PROCESSES: tuple[Spec, ...] = (
    Spec(
        BIGQUERY,
        _bigquery,
        _bigquery_answers,
        further_ports=("grpc",),
        variables=_storage_host,
        needs=(SERVICES,),
    ),
    Spec(STORAGE, _storage, ports.answers),
    Spec(
        SERVICES,
        _services,
        answers_http("/healthz", OK),
        needs=(BIGQUERY, STORAGE),
        after=(BIGQUERY, STORAGE),  # due transfer runs start at once and need both
    ),
    Spec(PROVIDER, _provider, ports.answers, needs=(BIGQUERY, SERVICES), variables=_endpoints),
)


def process_environment(spec: Spec, layout: Layout) -> dict[str, str]:
    """The environment of a process: ours, without what would lead it elsewhere, plus what it needs."""
    inherited = {name: value for name, value in os.environ.items() if name not in environment.NAMES}
    loopback = ",".join(filter(None, (inherited.get("NO_PROXY"), HOST, "localhost")))
    fixed = {"NO_PROXY": loopback, "no_proxy": loopback, "PYTHONUNBUFFERED": "1"}
    return inherited | fixed | spec.variables(layout) | {MARKER: str(layout.state)}


def marker(folder: Path) -> str:
    """What the environment of every process of a state folder holds: found again when no file knows the process."""
    return f"{MARKER}={folder}"
