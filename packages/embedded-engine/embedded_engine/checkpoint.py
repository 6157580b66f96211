"""The state file: deployments of version 3 as the CLI's file backend writes them.

Refuses, by name, what the engine would have to drop: a state is either kept whole or not touched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from embedded_engine import VERSION, values
from embedded_engine.blobs import compact_json
from embedded_engine.crypter import Crypter
from embedded_engine.damage import Damaged
from embedded_engine.errors import EngineError, Refused
from embedded_engine.state import Operation, State, now

# Field of State -> key in the file, in the file's order.
_KEYS = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "external": "external",
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "custom_timeouts": "customTimeouts",
    "import_id": "importID",
    "retain_on_delete": "retainOnDelete",
    "created": "created",
    "modified": "modified",
    "source_position": "sourcePosition",
    "stack_trace": "stackTrace",
    "ignore_changes": "ignoreChanges",
}
_FIELDS = {key: name for name, key in _KEYS.items()}
DEPLOYMENT_VERSION = 3
_PROPERTIES = ("inputs", "outputs")
_REFUSED_PARTS = ("snippets", "extensions")


@dataclass
class Deployment:
    """What a state file holds."""

    resources: list[State] = field(default_factory=list)
    pending: list[Operation] = field(default_factory=list)


def to_json(state: State, seal: Callable[[str, Any], Any]) -> dict[str, Any]:
    """A resource as the file holds it; `seal` turns its inputs and outputs (by key) into what may be written."""
    result: dict[str, Any] = {}
    for name, key in _KEYS.items():
        value = getattr(state, name)
        if value or name == "custom":
            result[key] = seal(key, value) if name in _PROPERTIES else value
    return result


class Codec:
    """Reads and writes the state file of one stack.

    A secret keeps its ciphertext for as long as its value stays the same, so that an unchanged state is an
    unchanged file; equal values in different places never share one, which would tell that they are equal.
    """

    def __init__(self, stack: str, crypter: Crypter) -> None:
        self._stack, self._crypter = stack, crypter
        self._sealed: dict[tuple[str, ...], tuple[str, str]] = {}

    def decode(self, document: bytes) -> Deployment:
        """Reads a state file; fails if it holds what the engine does not know."""
        latest = deployment_of(document)
        salt = ((latest.get("secrets_providers") or {}).get("state") or {}).get("salt", self._crypter.salt)
        if salt != self._crypter.salt:
            raise EngineError("the state's secrets salt is not the `encryptionsalt` of the stack's configuration file")
        return Deployment(
            [self._state(item) for item in latest.get("resources") or ()],
            [Operation(self._state(item["resource"]), item["type"]) for item in latest.get("pending_operations") or ()],
        )

    def encode_state(self, state: State) -> str:
        """One resource as JSON text."""
        place = (state.urn, state.id)
        return compact_json(to_json(state, lambda key, bag: self._seal(bag, (*place, key))))

    def encode(self, resources: Iterable[str], pending: Iterable[tuple[str, str]]) -> bytes:
        """The whole file, of resources and (resource, operation) pairs that are JSON texts already."""
        head = {
            "manifest": {"time": now(), "magic": hashlib.sha256(VERSION.encode()).hexdigest(), "version": VERSION},
            "secrets_providers": {"type": "passphrase", "state": {"salt": self._crypter.salt}},
        }
        latest = compact_json(head)[:-1]
        if listed := ",".join(resources):
            latest += f',"resources":[{listed}]'
        if operations := ",".join(f'{{"resource":{text},"type":"{kind}"}}' for text, kind in pending):
            latest += f',"pending_operations":[{operations}]'
        latest += ',"metadata":{}}'
        return f'{{"version":3,"checkpoint":{{"stack":"{self._stack}","latest":{latest}}}}}'.encode()

    def _state(self, item: dict[str, Any]) -> State:
        unknown = [key for key, value in item.items() if key not in _FIELDS and value and key != "aliases"]
        if unknown:
            raise Refused(f"`{unknown[0]}`, which the state of {item['urn']} holds")
        place = (item["urn"], item.get("id", ""))
        fields = {
            _FIELDS[key]: self._open(value, (*place, key)) if key in _PROPERTIES else value
            for key, value in item.items()
            if key in _FIELDS
        }
        return State(**fields)

    def _open(self, value: Any, place: tuple[str, ...]) -> Any:
        if isinstance(value, list):
            return [self._open(item, (*place, str(index))) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if not values.is_secret(value):
            return {key: self._open(item, (*place, key)) for key, item in value.items()}
        text = self._crypter.decrypt(value["ciphertext"])
        self._sealed[place] = (text, value["ciphertext"])
        return values.secret(json.loads(text))

    def _seal(self, value: Any, place: tuple[str, ...]) -> Any:
        if isinstance(value, list):
            return [self._seal(item, (*place, str(index))) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if not values.is_secret(value):
            return {key: self._seal(value[key], (*place, key)) for key in sorted(value)}
        text = compact_json(values.reveal(value["value"]))
        before, sealed = self._sealed.get(place, ("", ""))
        if not sealed or before != text:
            sealed = self._crypter.encrypt(text)
            self._sealed[place] = (text, sealed)
        return {values.SIGNATURE: values.SECRET, "ciphertext": sealed}


def deployment_of(document: bytes) -> dict[str, Any]:
    """The deployment in a state file as plain JSON; refuses forms that the engine does not know."""
    content = json.loads(document)
    if not isinstance(content, dict) or "version" not in content:
        raise Damaged("it holds something else than a state")
    if content["version"] != DEPLOYMENT_VERSION or content.get("features"):
        features = ", ".join(content.get("features") or ()) or f"version {content.get('version')}"
        raise Refused(f"the state's features ({features})")
    latest: dict[str, Any] = content["checkpoint"].get("latest") or {}
    provider = (latest.get("secrets_providers") or {}).get("type") or "passphrase"
    if provider != "passphrase":
        raise Refused(f"the secrets provider {provider}")
    for part in _REFUSED_PARTS:
        if latest.get(part):
            raise Refused(f"`{part}` in the state")
    manifest = latest.get("manifest") or {}
    if hashlib.sha256(manifest.get("version", "").encode()).hexdigest() != manifest.get("magic") and manifest.get(
        "version"
    ):
        raise Damaged("its manifest's magic does not fit its version")
    return latest
