"""Answers of the services, held against the schemas that Google's documents give for them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from gcp_local.services.app import SERVICES
from gcp_local.services.discovery.document import Document
from gcp_local.services.discovery.overlay import Overlay
from gcp_local.services.discovery.schemas import Schemas
from gcp_local.services.fields import Problems


def problems_of(verb: str, path: str, answer: dict[str, Any]) -> list[str]:
    """What no answer of this method holds, by name."""
    name, _, rest = path.lstrip("/").partition("/")
    service = next((one for one in SERVICES if one.name == name), None)
    found = service.find(verb, f"/{rest}") if service else None
    if found is None:
        return []
    method, _ = found
    schemas = _of_answers(f"{name}.{method.operation.version}")
    problems = Problems()
    if method.operation.response:
        schemas.message(method.operation.response).read(answer, "", problems)
    else:
        problems.violations += [{"description": f"an answer, where none is due: {answer}"}] if answer else []
    return [violation["description"] for violation in problems.violations]


@cache
def _of_answers(name: str) -> Schemas:
    document: Document = next(
        schemas.document
        for service in SERVICES
        for schemas in service.schemas.values()
        if f"{service.name}.{schemas.document.version}" == name
    )
    return Schemas(replace(document, schemas=_writable(document.schemas)), Overlay())


def _writable(schema: Any) -> Any:
    """The same schemas with every field: answers hold those that no request may set."""
    if isinstance(schema, dict):
        return {key: _writable(value) for key, value in schema.items() if key != "readOnly"}
    return [_writable(item) for item in schema] if isinstance(schema, list) else schema
