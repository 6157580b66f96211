"""Outputs in the real provider's form, and what a refresh makes of the inputs.

Every property is there, with every field of every block, empty where nothing is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gcp_local.provider.defaults import DEFAULTS, coerce
from gcp_local.provider.facts import Facts
from gcp_local.provider.resource import DELETION_POLICY, Resource
from gcp_local.provider.schema import Kind, Property
from gcp_local.provider.values import Bag, Secret, plain


def complete(kind: Resource, identity: str, cloud: Mapping[str, Any], known: Mapping[str, Any]) -> Bag:
    """Outputs from what the cloud says and, for what the cloud does not keep, from the program (`known`)."""
    found: Bag = {"id": identity}
    for name, prop in kind.root.fields.items():
        if cloud.get(name) is not None:
            found[name] = filled(prop, cloud[name])
        elif name in kind.facts.local:
            found[name] = _local(kind.facts, prop, name, known.get(name))
        else:
            found[name] = None if name in kind.facts.nullable else prop.zero
    return found


def _local(facts: Facts, prop: Property, name: str, known: Any) -> Any:
    if known is not None:
        return filled(prop, known)
    if name == DELETION_POLICY:
        return "DELETE"
    if prop.default is not None:
        return prop.default
    return None if name in facts.nullable else prop.zero


def filled(prop: Property, value: Any) -> Any:
    """A value of the cloud in declared types, with every field of every block."""
    if value is None:
        return prop.zero
    value = coerce(prop, value)
    if prop.kind is Kind.OBJECT and isinstance(value, dict):
        return {name: filled(field, value.get(name)) for name, field in prop.fields.items()}
    if isinstance(value, list) and prop.element:
        return [filled(prop.element, item) for item in value]
    return value


def guarded(facts: Facts, outputs: Bag, inputs: Mapping[str, Any]) -> Bag:
    """The outputs with secret markers: where the type is secret by nature, and where the input was marked."""
    hidden = {name for name, value in inputs.items() if isinstance(value, Secret)} | facts.secret
    if facts.labelled:
        hidden |= {"effectiveLabels", "pulumiLabels"}
    return {name: Secret(value) if name in hidden and value is not None else value for name, value in outputs.items()}


def refreshed_inputs(kind: Resource, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Bag:
    """Inputs after a refresh: the former ones (markers kept), with what drifted in the cloud.

    Without former inputs (an import) they are all that the cloud has and a program could state, as the bridge
    extracts them (pulumi-terraform-bridge, pkg/tfbridge/schema.go, extractSchemaInputs).
    """
    if not inputs:
        return imported_inputs(kind.root, outputs)
    drifted = set(kind.diff(outputs, plain(inputs)).properties)
    found: Bag = {}
    for name, value in inputs.items():
        if name not in drifted or name not in kind.root.fields:
            found[name] = value
        elif outputs.get(name) is not None:
            now = _stated(kind.root.fields[name], outputs[name], plain(value))
            found[name] = Secret(now) if isinstance(value, Secret) else now
    return found


def imported_inputs(prop: Property, found: Mapping[str, Any]) -> Bag:
    """The inputs of an object: whatever is required, or neither its default nor empty. Objects list no defaults."""
    inputs = {
        name: _imported(field, found[name])
        for name, field in prop.fields.items()
        if field.given and found.get(name) is not None
    }
    kept = {
        name: value
        for name, value in inputs.items()
        if prop.fields[name].required or _differs(prop.fields[name], value)
    }
    return {**kept, DEFAULTS: []}


def _imported(prop: Property, found: Any) -> Any:
    if isinstance(found, list) and prop.element:
        return [_imported(prop.element, item) for item in found]
    if isinstance(found, dict) and prop.kind is Kind.OBJECT:
        return imported_inputs(prop, found)
    return {**found, DEFAULTS: []} if isinstance(found, dict) else found


def _differs(prop: Property, value: Any) -> bool:
    if prop.default is not None:
        return bool(value != prop.default)
    return value not in (None, False, 0, "", [], {}, {DEFAULTS: []})


def _stated(prop: Property, found: Any, former: Any) -> Any:
    """An output as a program would state it: parts it stated before, and parts that say something."""
    if isinstance(found, list) and prop.element:
        items = former if isinstance(former, list) else []
        element = prop.element
        return [_stated(element, item, items[i] if i < len(items) else None) for i, item in enumerate(found)]
    if not isinstance(found, dict) or prop.kind is not Kind.OBJECT:
        return found
    before = former if isinstance(former, dict) else {}
    return {
        name: _stated(field, found[name], before.get(name))
        for name, field in prop.fields.items()
        if field.given and found.get(name) is not None and (name in before or _says_something(field, found[name]))
    }


def _says_something(prop: Property, value: Any) -> bool:
    return value != prop.zero and value != prop.default and prop.path != DELETION_POLICY
