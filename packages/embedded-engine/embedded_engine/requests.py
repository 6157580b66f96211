"""Reading what a program asks of the resource monitor: requests become goals, or are refused by name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded_engine import urns, values
from embedded_engine.errors import EngineError, Refused
from embedded_engine.providers import engine_keys
from embedded_engine.state import Alias, Goal

# Field of RegisterResourceRequest -> what it is called by those who write programs.
_REFUSED = {
    "remote": "remote (multi-language) components",
    "importId": "the resource option `import_`",
    "transforms": "transforms",
    "replaceOnChanges": "the resource option `replace_on_changes`",
    "replace_with": "the resource option `replace_with`",
    "deletedWith": "the resource option `deleted_with`",
    "hideDiffs": "the resource option `hide_diffs`",
    "packageRef": "parameterized packages",
    "envVarMappings": "the resource option `env_var_mappings`",
    "state_migrations": "state migrations",
    "snippetId": "snippets",
}
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def check(request: Any) -> None:
    """Refuses a registration that uses what only the CLI has."""
    for field, feature in _REFUSED.items():
        if getattr(request, field):
            raise Refused(f"{feature} ({urns.package_of(request.type)} resource {request.name})")
    if request.HasField("replacement_trigger") and request.replacement_trigger.WhichOneof("kind") not in (
        None,
        "null_value",
    ):
        raise Refused(f"the resource option `replacement_trigger` ({request.name})")
    if any(hooks for _, hooks in request.hooks.ListFields()):
        raise Refused(f"resource hooks ({request.name})")


def goal(request: Any, parent: Goal | None, provider: str, root: Path) -> Goal:
    """The goal of a registration; `provider` is a reference, `parent` the goal of the parent."""
    dependencies = set(request.dependencies)
    per_property = {key: set(item.urns) for key, item in request.propertyDependencies.items()}
    properties = {}
    for key, value in values.load_struct(request.object).items():
        default = set() if request.propertyDependencies else set(dependencies)
        properties[key] = values.lower_outputs(value, per_property.setdefault(key, default))
    if urns.is_provider(request.type):
        properties.update(engine_keys(request.version, request.pluginDownloadURL))
    before = request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        properties=properties,
        parent=request.parent,
        provider=provider,
        protect=_inherited(request, "protect", parent.protect if parent else False),
        retain_on_delete=_inherited(request, "retainOnDelete", parent.retain_on_delete if parent else False),
        delete_before_replace=before if before or request.deleteBeforeReplaceDefined else None,
        dependencies=sorted(dependencies),
        property_dependencies={key: sorted(listed) for key, listed in sorted(per_property.items())},
        additional_secret_outputs=list(request.additionalSecretOutputs),
        ignore_changes=list(request.ignoreChanges),
        custom_timeouts=_timeouts(request),
        aliases=[*(Alias(urn=urn) for urn in request.aliasURNs), *map(_alias, request.aliases)],
        source_position=_position(request.sourcePosition, root),
        stack_trace=_trace(request, root),
    )


def read_goal(request: Any, provider: str, root: Path) -> Goal:
    """The goal of a request to read a resource that exists outside of the stack."""
    if request.packageRef:
        raise Refused(f"parameterized packages (resource {request.name})")
    needed: set[str] = set()
    properties = {
        key: values.lower_outputs(value, needed) for key, value in values.load_struct(request.properties).items()
    }
    return Goal(
        type=request.type,
        name=request.name,
        custom=True,
        properties=properties,
        parent=request.parent,
        provider=provider,
        dependencies=sorted(request.dependencies),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        source_position=_position(request.sourcePosition, root),
        stack_trace=_trace(request, root),
    )


def seconds(text: str) -> float:
    """A duration such as `1h30m` or `90s` in seconds."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise EngineError(f"unable to parse customTimeout value {text!r}")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _inherited(request: Any, field: str, parent: bool) -> bool:
    return bool(getattr(request, field)) if request.HasField(field) else parent


def _timeouts(request: Any) -> dict[str, float]:
    written: Mapping[str, str] = {key: getattr(request.customTimeouts, key) for key in ("create", "update", "delete")}
    return {key: seconds(text) for key, text in written.items() if text}


def _alias(alias: Any) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn if spec.WhichOneof("parent") == "parentUrn" else "",
        no_parent=spec.noParent,
    )


def _position(position: Any, root: Path) -> str:
    """A place in the program's source, relative to the project."""
    if not position.uri.startswith("file:///"):
        return ""
    path = os.path.relpath(position.uri.removeprefix("file://"), root)
    column = f",{position.column}" if position.column else ""
    return f"project:///{path}#{position.line}{column}"


def _trace(request: Any, root: Path) -> list[dict[str, str]]:
    positions = [_position(frame.pc, root) for frame in request.stackTrace.frames]
    return [{"sourcePosition": position} if position else {} for position in positions]
