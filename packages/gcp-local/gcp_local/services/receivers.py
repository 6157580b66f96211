"""Where notifications are really sent: an SMTP server and a base URL for requests, stated when the services start
or later (`/local/receivers`). Nothing is sent where none is stated."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, invalid

COLLECTION, KEY = "local.receivers", "receivers"
SMTP = re.compile(r"[^\s:/@]+:[0-9]{1,5}")


@dataclass(frozen=True)
class Receivers:
    """`smtp` is HOST:PORT, `http` a URL; empty for none."""

    smtp: str = ""
    http: str = ""

    def as_json(self) -> Json:
        """As it is kept and answered."""
        return asdict(self)


def read(cloud: Cloud) -> Receivers:
    """The receivers now."""
    return Receivers(**(cloud.store.get(COLLECTION, KEY) or {}))


def write(cloud: Cloud, given: Json) -> Receivers:
    """Set the receivers. Raises 400 for what is none."""
    unknown = sorted(set(given) - {"smtp", "http"})
    if unknown:
        raise invalid(f"Receivers are smtp and http, not {unknown[0]}.", field=unknown[0])
    smtp, http = str(given.get("smtp") or ""), str(given.get("http") or "")
    if smtp and not SMTP.fullmatch(smtp):
        raise invalid(f"The SMTP server '{smtp}' is not of the form HOST:PORT.", field="smtp")
    place = urlsplit(http)
    if http and (place.scheme not in ("http", "https") or not place.netloc or place.query or place.fragment):
        raise invalid(f"The base URL '{http}' is not of the form http://HOST:PORT/PATH.", field="http")
    found = Receivers(smtp, http)
    cloud.store.put(COLLECTION, KEY, found.as_json())
    return found
