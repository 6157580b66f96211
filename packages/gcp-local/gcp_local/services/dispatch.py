"""From a request to its method: project, enabled API, query parameters and body are checked, in Google's order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from gcp_local.services import enablement
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, invalid, not_emulated
from gcp_local.services.fields import FieldType, Message, Problems, camel_case
from gcp_local.services.registry import Call, Method, Service
from gcp_local.services.scalars import Bool, Enum, String


def dispatch(
    cloud: Cloud,
    service: Service,
    verb: str,
    path: str,
    query: Mapping[str, list[str]],
    payload: bytes,
    base_url: str = "",
) -> Json:
    """The JSON answer of the method that serves `verb` `path` (below the service's prefix). Raises ApiError."""
    found = service.find(verb, path)
    if found is None:
        raise not_emulated(f"{verb} {path} of {service.host}")
    method, variables = found
    if method.handler is None:
        raise not_emulated(method.id)
    _check_project(cloud, variables.get(method.template.project, cloud.project))
    if service.needs_enabling:
        enablement.require_enabled(cloud, service.host)
    # Some of the common ones have an underscore in their name.
    parameters = {
        name if name in method.common_parameters else camel_case(name): values for name, values in query.items()
    }
    if service.strict_query:
        _refuse_unknown(method, parameters)
    read = _parameters_of(method, parameters)
    return method.handler(Call(cloud, variables, read, _body_of(method, payload), method.body or Message({}), base_url))


def _check_project(cloud: Cloud, project: str) -> None:
    # "-" stands for "whatever project the account is in" and is resolved by the IAM service itself.
    if project != "-":
        cloud.require_project(project)


def _refuse_unknown(method: Method, given: Mapping[str, list[str]]) -> None:
    for name in given:
        if name not in method.parameters and name not in method.common_parameters:
            raise invalid(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message."
            )


def _parameters_of(method: Method, given: Mapping[str, list[str]]) -> dict[str, list[Any]]:
    """The parameters of this method as values; an empty text stands for no value of any other type."""
    problems = Problems()
    read = {
        name: [
            kind.read(_value(kind, text), name, problems) for text in given[name] if text or isinstance(kind, String)
        ]
        for name, kind in method.parameters.items()
        if name in given
    }
    problems.raise_any()
    # Which parts of the answer are wanted: the one common parameter that a handler may heed.
    return {**read, "fields": given["fields"]} if "fields" in given else read


def _value(kind: FieldType, text: str) -> Any:
    """The JSON value that a text in a query stands for; one that stands for none is refused as it is."""
    if isinstance(kind, Bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(kind, Enum) and re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    return text


def _body_of(method: Method, payload: bytes) -> Json:
    if method.body is None:
        return {}
    try:
        value = json.loads(payload or b"{}")
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error}", reason="parseError") from None
    return method.body.parse(value, at=method.body_name)
