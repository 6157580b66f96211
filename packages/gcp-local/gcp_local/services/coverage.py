"""`python -m gcp_local.services.coverage FILE`: writes COVERAGE.md from the registered methods."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from gcp_local.services.app import SERVICES
from gcp_local.services.registry import Method, Service
from plain_command import streams

HEAD = """# What the local cloud emulates

Generated (`make renew`) from Google's discovery documents and the handlers of their methods. BigQuery itself
and the objects in buckets are served by emulators of their own; this page is about the services process.

Every service refuses unknown fields and unknown query parameters (Cloud Storage: unknown fields), other projects than
its own (403), APIs that are not enabled (403 SERVICE_DISABLED) and everything that it does not know (501 with the
name of the method or feature). Methods under "answered with 501" are those of the documents without a handler.
"""


def coverage() -> str:
    """The page as text."""
    return "\n".join([HEAD, *(_section(service) for service in SERVICES)])


def _section(service: Service) -> str:
    emulated = _names(method for method in service.methods if method.handler)
    refused = _names(method for method in service.methods if not method.handler)
    documents = (one.document for one in service.schemas.values())
    named = ", ".join(f"{document.version} of revision {document.revision}" for document in documents)
    lines = [f"## {service.title}", "", f"`{service.host}`, below `/{service.name}`: {named}.", ""]
    lines += [f"- {note}" for note in service.notes]
    lines += ["", f"Emulated ({len(emulated)}):", "", *(f"- `{name}`: {text}" for name, text in emulated.items())]
    lines += ["", f"Answered with 501 ({len(refused)}): " + ", ".join(f"`{name}`" for name in refused) + ".", ""]
    return "\n".join(lines)


def _names(methods: Iterable[Method]) -> dict[str, str]:
    found: dict[str, str] = {}
    for method in methods:
        found.setdefault(method.id, _summary(method))
    return dict(sorted(found.items()))


def _summary(method: Method) -> str:
    return " ".join((method.handler.__doc__ or "").split()) if method.handler else ""


def main() -> None:
    """Write the page."""
    path = Path(sys.argv[1])
    path.write_text(coverage(), encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    streams.run(main)
