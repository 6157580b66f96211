"""From a request to its method: project, enabled API, query parameters and body are checked, in Google's order."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gcp_local.services import enablement
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, invalid, not_emulated
from gcp_local.services.fields import camel_case
from gcp_local.services.registry import STANDARD_PARAMETERS, Call, Method, Service


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
    _check_project(cloud, variables)
    if service.needs_enabling:
        enablement.require_enabled(cloud, service.host, service.title)
    parameters = {camel_case(name): values for name, values in query.items()}
    if service.strict_query:
        _check_parameters(method, parameters)
    body = _body_of(method, payload)
    return method.handler(Call(cloud, variables, parameters, body, base_url))


def _check_project(cloud: Cloud, variables: Mapping[str, str]) -> None:
    # "-" stands for "whatever project the account is in" and is resolved by the IAM service itself.
    project = variables.get("project", cloud.project)
    if project != "-":
        cloud.require_project(project)


def _check_parameters(method: Method, given: Mapping[str, list[str]]) -> None:
    for name in given:
        if name not in method.parameters and name not in STANDARD_PARAMETERS:
            raise invalid(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message."
            )


def _body_of(method: Method, payload: bytes) -> Json:
    if method.body is None:
        return {}
    try:
        value = json.loads(payload or b"{}")
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error}", reason="parseError") from None
    return method.body.parse(value, at=method.body_name)
