"""One discovery document as it is kept in `documents/`: its methods and schemas, as plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from gcp_local.services.errors import Json

FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True)
class Operation:
    """A method of an API by its name without the API's; `path` starts below the host."""

    name: str
    version: str
    verb: str
    path: str
    parameters: Json
    request: str
    response: str


@dataclass(frozen=True)
class Document:
    """A document's content; `global_parameters` are those that every method takes."""

    api: str
    version: str
    revision: str
    operations: tuple[Operation, ...]
    schemas: Json
    global_parameters: frozenset[str]


def load(name: str, folder: Path = FOLDER) -> Document:
    """The document `name`, such as `monitoring.v3`."""
    given: Json = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Document(
        api=given["name"],
        version=given["version"],
        revision=given["revision"],
        operations=tuple(
            Operation(
                name=operation,
                version=given["version"],
                verb=method["httpMethod"],
                path="/" + given["servicePath"] + method["path"],
                parameters=method.get("parameters", {}),
                request=method.get("request", ""),
                response=method.get("response", ""),
            )
            for operation, method in given["methods"].items()
        ),
        schemas=given["schemas"],
        global_parameters=frozenset(given["parameters"]),
    )
