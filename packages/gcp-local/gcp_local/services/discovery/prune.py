"""From a discovery document as Google publishes it to what the services need of it.

Kept of each method: verb, path, query parameters, the schemas of body and answer. Kept of each schema that these reach:
fields, types, enums, which are read-only. Gone: all prose, authentication, icons, labels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from gcp_local.services.errors import Json

HEAD = ("name", "version", "revision", "rootUrl", "servicePath")
KEPT = ("type", "format", "enum", "$ref", "readOnly", "repeated")


def prune(document: Json) -> Json:
    """The pruned document; its methods are flat, by their names without the API's."""
    api = document["name"] + "."
    methods = {method["id"].removeprefix(api): _method(method) for method in _methods(document)}
    used = [method[name] for method in methods.values() for name in ("request", "response") if name in method]
    return {
        **{name: document[name] for name in HEAD},
        "parameters": sorted(document["parameters"]),
        "methods": dict(sorted(methods.items())),
        "schemas": {name: _schema(document["schemas"][name]) for name in sorted(_reached(document, used))},
    }


def text(pruned: Json) -> str:
    """The document as it is kept: a method or schema a line, so that a renewal can be read as a difference."""
    lines = [f"{_line(name)}: {_line(value)}" for name, value in pruned.items() if not isinstance(value, dict)]
    for part in ("methods", "schemas"):
        entries = ",\n".join(f"  {_line(name)}: {_line(value)}" for name, value in pruned[part].items())
        lines.append(f"{_line(part)}: {{\n{entries}\n }}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _methods(resource: Json) -> Iterator[Json]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _method(method: Json) -> Json:
    parameters = method.get("parameters", {})
    query = {name: _schema(spec) for name, spec in parameters.items() if spec["location"] == "query"}
    kept: Json = {"httpMethod": method["httpMethod"], "path": _path(method)}
    if query:
        kept["parameters"] = query
    return kept | {name: method[name]["$ref"] for name in ("request", "response") if name in method}


def _path(method: Json) -> str:
    """The path with a variable for each segment; the last one stands for the rest where its pattern says so."""
    path = str(method.get("flatPath", method["path"]))
    patterns = (str(spec.get("pattern", "")) for spec in method.get("parameters", {}).values())
    if not any(one.endswith("/.*$") for one in patterns):
        return path
    before, _, verb = path.rpartition("}")
    return f"{before}=**}}{verb}"


def _schema(schema: Json) -> Json:
    kept = {name: schema[name] for name in KEPT if name in schema}
    if "properties" in schema:
        kept["properties"] = {name: _schema(inner) for name, inner in schema["properties"].items()}
    return kept | {name: _schema(schema[name]) for name in ("items", "additionalProperties") if name in schema}


def _reached(document: Json, names: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(document["schemas"][name])
    return found


def _references(schema: Json) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"]
    for inner in schema.get("properties", {}).values():
        yield from _references(inner)
    for name in ("items", "additionalProperties"):
        if name in schema:
            yield from _references(schema[name])
