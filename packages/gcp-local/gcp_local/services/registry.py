"""How a service is put together: handlers by Google's operation names, on top of its discovery documents.

Which methods there are, at which paths, with which parameters and bodies, the documents say; they are read with the
first request. A method without handler is answered with 501 and its name. Running a method is `dispatch`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

from gcp_local.services.cloud import Cloud
from gcp_local.services.discovery.document import FOLDER, Operation, load
from gcp_local.services.discovery.overlay import Overlay
from gcp_local.services.discovery.schemas import Schemas
from gcp_local.services.discovery.templates import Template
from gcp_local.services.enablement import APIS
from gcp_local.services.errors import Json
from gcp_local.services.fields import FieldType, Message, snake_case

# Other spellings of the parameters that every method takes; documents list one of each
# (cloud.google.com/apis/docs/system-parameters). Cloud Storage says who pays in each of its methods and names users.
ALIASES = frozenset({"$alt", "$fields", "$prettyPrint", "$key", "$callback", "$xgafv", "userIp", "userProject"})


@dataclass(frozen=True)
class Call:
    """One request to one method: variables of the path, query parameters and body, both checked.

    `schema` is what the body may hold.
    """

    cloud: Cloud
    path: Mapping[str, str]
    query: Mapping[str, list[Any]] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    schema: Message = field(default_factory=lambda: Message({}))
    base_url: str = ""

    def parameter(self, name: str, default: str = "") -> str:
        """A query parameter's last value."""
        values = self.query.get(name)
        return str(values[-1]) if values else default

    def number(self, name: str, default: int) -> int:
        """A query parameter that is a whole number."""
        return int(self.parameter(name) or default)

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false."""
        values = self.query.get(name)
        return bool(values and values[-1])


Handler: TypeAlias = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    """A method of an API. One without handler is real but not emulated."""

    id: str
    operation: Operation
    template: Template
    schemas: Schemas
    handler: Handler | None = None

    @cached_property
    def parameters(self) -> Mapping[str, FieldType]:
        """The query parameters of this method alone, each by the type of one value."""
        named = {name: self.schemas.parameter(name, spec) for name, spec in self.operation.parameters.items()}
        also = self.schemas.overlay.also_in_query.get(self.operation.name, ())
        return named | {name: self.body.fields[name] for name in also if self.body}

    @property
    def common_parameters(self) -> frozenset[str]:
        """The parameters that every method takes."""
        return self.schemas.document.global_parameters | ALIASES

    @cached_property
    def body(self) -> Message | None:
        """What the body may hold; None when it is not read."""
        return self.schemas.message(self.operation.request) if self.operation.request else None

    @property
    def body_name(self) -> str:
        """The field of the request that the body stands for: a resource's own name, none for a whole request."""
        name = self.operation.request
        default = "" if name.endswith("Request") else snake_case(name[:1].lower() + name[1:])
        return self.schemas.overlay.body_names.get(self.operation.name, default)


@dataclass
class Service:
    """An API, below the path `/{name}`. `documents` without the API's name: `("v3", "v1")`.

    `needs_enabling` is false for the APIs that nobody has to enable; `folder` holds the documents.
    """

    name: str
    documents: tuple[str, ...]
    overlay: Overlay = field(default_factory=Overlay)
    needs_enabling: bool = True
    strict_query: bool = True
    notes: tuple[str, ...] = ()
    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)
    folder: Path = FOLDER

    @property
    def host(self) -> str:
        """The API as Service Usage knows it."""
        return f"{self.name}.googleapis.com"

    @property
    def title(self) -> str:
        """The API's name for people."""
        return APIS[self.host].title

    def handles(self, *operations: str, version: str = "") -> Callable[[Handler], Handler]:
        """Register the decorated handler for operations (named without the API), of one version or of all."""

        def register(handler: Handler) -> Handler:
            wanted = {(version, operation): handler for operation in operations}
            if twice := wanted.keys() & self.handlers.keys():
                raise LookupError(f"two handlers of {self.name} for {sorted(twice)}")
            self.handlers.update(wanted)
            return handler

        return register

    @cached_property
    def schemas(self) -> Mapping[str, Schemas]:
        """Field types by the version of the document."""
        names = (f"{self.name}.{version}" for version in self.documents)
        return {document.version: Schemas(document, self.overlay) for document in (load(n, self.folder) for n in names)}

    @cached_property
    def methods(self) -> list[Method]:
        """All methods of the documents, but those that are answered elsewhere."""
        found = [
            self._method(operation, schemas)
            for schemas in self.schemas.values()
            for operation in schemas.document.operations
            if not operation.name.startswith(self.overlay.elsewhere)
        ]
        named = {(version, one.operation.name) for one in found for version in ("", one.operation.version)}
        if unknown := sorted(set(self.handlers) - named):
            raise LookupError(f"handlers of {self.name} for methods that its documents do not have: {unknown}")
        return found

    def _method(self, operation: Operation, schemas: Schemas) -> Method:
        path = operation.path.removeprefix(f"/{self.name}")
        for given, wanted in self.overlay.paths.items():
            path = path.replace(given, wanted)
        handler = self.handlers.get((operation.version, operation.name)) or self.handlers.get(("", operation.name))
        return Method(f"{self.name}.{operation.name}", operation, Template(path), schemas, handler)

    @cached_property
    def _by_verb(self) -> Mapping[str, list[Method]]:
        grouped: dict[str, list[Method]] = defaultdict(list)
        for method in sorted(self.methods, key=lambda method: method.template.looseness):
            grouped[method.operation.verb].append(method)
        return grouped

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method for a request below the prefix, and the variables of its path, which is encoded as it was sent.

        An encoded slash belongs to a name (`limits/%2Fd%2Fproject`), but clients encode those between names, too.
        """
        for segments in ([unquote(part) for part in path.split("/")], unquote(path).split("/")):
            for method in self._by_verb.get(verb, ()):
                variables = method.template.match(segments)
                if variables is not None:
                    return method, variables
        return None


def merged(document: Json, **changes: Any) -> Json:
    """A copy of the document with some fields set, those that are None left out."""
    return {name: value for name, value in {**document, **changes}.items() if value is not None}
