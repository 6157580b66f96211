"""How a service is put together: its methods by Google's operation names, and what a handler is called with.

A path template is Google's (`/v1/projects/{project}/serviceAccounts/{account}:enable`); a variable stands for one
segment without a colon. Finding the method for a request is here; running it is `dispatch`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, invalid
from gcp_local.services.fields import Message

# Parameters that every method of every Google API takes.
STANDARD_PARAMETERS = frozenset(
    {
        "alt", "$alt", "fields", "$fields", "prettyPrint", "$prettyPrint", "key", "$key", "access_token",
        "oauth_token", "quotaUser", "userIp", "userProject", "callback", "$callback", "$.xgafv", "$xgafv",
        "upload_protocol", "uploadType",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request to one method: variables of the path, query parameters (each a list) and the checked body."""

    cloud: Cloud
    path: Mapping[str, str]
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    base_url: str = ""

    def parameter(self, name: str, default: str = "") -> str:
        """A query parameter's last value."""
        values = self.query.get(name)
        return values[-1] if values else default

    def number(self, name: str, default: int) -> int:
        """A query parameter that is a whole number; raises 400 for anything else."""
        text = self.parameter(name) or str(default)
        if not text.isdigit():
            raise invalid(f"Invalid value at '{name}' (TYPE_INT32), \"{text}\"", field=name)
        return int(text)

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false; raises 400 for anything else."""
        text = self.parameter(name, "false").lower()
        if text not in ("true", "false"):
            raise invalid(f"Invalid value at '{name}' (TYPE_BOOL), \"{self.parameter(name)}\"", field=name)
        return text == "true"


Handler: TypeAlias = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    """A method of an API. One without handler is real but not emulated: it is answered with 501 and its name."""

    id: str
    verb: str
    template: str
    handler: Handler | None = None
    parameters: frozenset[str] = frozenset()
    body: Message | None = None
    body_name: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", re.compile(_pattern_of(self.template)))

    def match(self, verb: str, path: str) -> dict[str, str] | None:
        """The variables of the path if this method answers the request."""
        if verb != self.verb:
            return None
        pattern: re.Pattern[str] = self._pattern  # type: ignore[attr-defined]
        match = pattern.fullmatch(path)
        return match.groupdict() if match else None


def _pattern_of(template: str) -> str:
    parts = re.split(r"(\{\w+\})", template)
    return "".join(f"(?P<{part[1:-1]}>[^/:]+)" if part.startswith("{") else re.escape(part) for part in parts)


@dataclass
class Service:
    """An API: `name` as in its operation names, `host` as Service Usage knows it, below the path `/{prefix}`.

    `needs_enabling` is false for the API that enables the others.
    """

    name: str
    title: str
    host: str
    prefix: str
    needs_enabling: bool = True
    strict_query: bool = True
    methods: list[Method] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def method(
        self,
        operation: str,
        verb: str,
        *templates: str,
        body: Message | None = None,
        body_name: str = "",
        parameters: Iterable[str] = (),
        note: str = "",
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler for an operation (named without the API) at one or more paths."""

        def register(handler: Handler) -> Handler:
            for template in templates:
                self.methods.append(
                    Method(
                        id=f"{self.name}.{operation}",
                        verb=verb,
                        template=template,
                        handler=handler,
                        parameters=frozenset(parameters),
                        body=body,
                        body_name=body_name,
                        note=note,
                    )
                )
            return handler

        return register

    def not_emulated(self, *methods: tuple[str, str, str]) -> None:
        """Name real methods, as (operation, verb, path), that this cloud answers with 501."""
        for operation, verb, template in methods:
            self.methods.append(Method(f"{self.name}.{operation}", verb, template))

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method for a request below the prefix, and the variables of its path."""
        for method in self.methods:
            variables = method.match(verb, path)
            if variables is not None:
                return method, variables
        return None


def merged(document: Json, **changes: Any) -> Json:
    """A copy of the document with some fields set, those that are None left out."""
    return {name: value for name, value in {**document, **changes}.items() if value is not None}
