"""Whether the cloud that this shell points to answers: asked first, so that no command waits for one that is down.

Only endpoints that the environment states are asked. Google's own are left to the clients, which give up by themselves.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from operations.errors import CloudError
from settings.load import ATTACHED_PROVIDERS, redirections

SECONDS = 8.0
FIX = 'eros local up, then eval "$(eros local env)": the services may have moved to other ports'


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a variable leads to; `plain` says that it speaks HTTP."""

    variable: str
    host: str
    port: int
    plain: bool


def check(environment: Mapping[str, str], variables: Iterable[str] | None = None) -> None:
    """Asks what `variables` lead to, by default everything that is redirected. Errors: CloudError, within 20 s."""
    names = redirections(environment) if variables is None else variables
    found = [place for name in names if environment.get(name) for place in _endpoints(name, environment[name])]
    places = list({(place.host, place.port): place for place in reversed(found)}.values())
    if not places:
        return
    with ThreadPoolExecutor(len(places)) as pool:
        for place, failure in zip(places, pool.map(_failure, places), strict=True):
            if failure:
                where = f"{place.host}:{place.port}"
                raise CloudError(f"the cloud at {where} ({place.variable}) is down: {failure}", fix=FIX)


def _endpoints(name: str, value: str) -> list[Endpoint]:
    if name == ATTACHED_PROVIDERS:
        attached = (part.strip().partition(":")[2] for part in value.split(","))
        return [_parsed(name, f"//127.0.0.1:{port}") for port in attached]
    return [_parsed(name, value if "//" in value else f"//{value}")]


def _parsed(name: str, url: str) -> Endpoint:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443}.get(parts.scheme, 80)
        if parts.hostname:
            return Endpoint(name, parts.hostname, port, parts.scheme == "http")
    except ValueError:
        pass
    raise CloudError(f"{name} is no address: {url!r}", fix=FIX)


def _failure(place: Endpoint) -> str:
    """Why nothing answers, empty when something does: any answer at all will do."""
    try:
        if not place.plain:
            socket.create_connection((place.host, place.port), SECONDS).close()
            return ""
        connection = http.client.HTTPConnection(place.host, place.port, timeout=SECONDS)
        connection.request("GET", "/")
        connection.getresponse()
        connection.close()
    except TimeoutError:
        return f"no answer within {SECONDS:.0f} s"
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return ""
