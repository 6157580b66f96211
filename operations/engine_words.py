"""What an engine, or a backend behind it, says when it is not the program's fault; and what to do then.

Words of pulumi 3.260 (its file, gs and service backends) and of the embedded engine, which says the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from operations.engines import Engine
from operations.errors import EngineMissing
from settings.errors import ErosError

LOCAL = 'of a local stack: eval "$(eros local env)"'
PASSPHRASE = (
    "export PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, as it was when the stack's secrets were sealed;"
    f" {LOCAL}"
)
BACKEND = f"is the state's backend there, and may you use it? PULUMI_BACKEND_URL or pulumi login names it; {LOCAL}"
QUOTA = (
    "a limit of Google's: wait (a rate: minutes; a daily quota: midnight Pacific) or ask for more"
    " (https://docs.cloud.google.com/bigquery/quotas), then run the command again: it goes on"
)
# Of a file backend (the CLI's and the embedded engine's), and of Pulumi Cloud (pulumi sdk/go/auto/errors.go); who holds
# a lock is said by pulumi pkg/backend/diy/lock.go, checkForLock.
HOLDER = re.compile(r"created by (\S+ \(pid \d+\) at \S+)")
LOCKED = ("the stack is currently locked by", "Another update is currently in progress")
# Google's reasons: docs.cloud.google.com/bigquery/docs/error-messages; 429 is RESOURCE_EXHAUSTED of gRPC.
LIMIT = re.compile(
    r"quotaExceeded|rateLimitExceeded|RESOURCE_EXHAUSTED|quota exceeded|exceeded rate limits", re.IGNORECASE
)
WAYS_OUT = (
    (re.compile(r"incorrect passphrase|passphrase must be set"), PASSPHRASE),
    (
        re.compile(
            r"unable to open (?:the backend|state directory|\S+ )|performing HTTP request|missing google credentials"
            r'|read "\.pulumi/meta\.yaml"|invalid access token'
        ),
        BACKEND,
    ),
    (LIMIT, QUOTA),
)


def way_out(said: str, stack: str = "") -> str:
    """What to do about what an engine said, empty where its words are enough."""
    if stack and any(words in said for words in LOCKED):
        return f"wait until that command has ended, then try again; eros cancel -s {stack} ends a lock left behind"
    return next((way for pattern, way in WAYS_OUT if pattern.search(said)), "")


def holders(said: str) -> str:
    """Who holds the stack, where an engine says that somebody does."""
    return ", ".join(dict.fromkeys(HOLDER.findall(said)))


def check_backend(engine: Engine, environment: Mapping[str, str]) -> None:
    """That the backend which the environment names can hold states. Errors: ErosError, EngineMissing."""
    url = environment.get("PULUMI_BACKEND_URL", "")
    if url.startswith("file://"):
        folder = Path(url.removeprefix("file://").partition("?")[0]).expanduser()
        if not folder.is_dir():
            raise ErosError(f"the state's backend {url} cannot be reached: {folder} is no folder", fix=BACKEND)
    elif url and engine.embedded:
        scheme = url.partition("://")[0]
        raise EngineMissing(
            f"the embedded engine keeps states in folders, and the backend is {scheme}://",
            fix="install Pulumi (https://www.pulumi.com/docs/install/), or export PULUMI_BACKEND_URL=file://FOLDER",
        )
