"""Google's REST APIs: one object, all of a list, a change of some fields. What is not there is None, not an error."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import requests
from google.auth.exceptions import GoogleAuthError

from operations.clients import rest_session
from operations.engine_words import LIMIT, QUOTA
from operations.errors import CloudError
from settings.endpoints import is_disabled, rest_base

SECONDS = 60

Body = dict[str, Any]
Parameter: TypeAlias = str | list[str]
"""A list is a parameter that is repeated."""
_local = threading.local()


def get(api: str, path: str, **parameters: Parameter) -> Body | None:
    """One object. None if there is none, also where its API was never enabled. Errors: CloudError."""
    answer, body = _call("GET", api, path, parameters)
    if answer.status_code == 404 or is_disabled(_error(body)):
        return None
    if not answer.ok:
        raise CloudError(
            f"reading {path}: {answer.status_code} {_said(body)}",
            fix=_fix(answer, body, "may this account read it? (roles/viewer does)"),
        )
    return dict(body)


def post(api: str, path: str, content: Body) -> Body:
    """Makes one object. Errors: CloudError."""
    answer, body = _call("POST", api, path, {}, content)
    if not answer.ok:
        fix = _fix(answer, body, "may this account make it?")
        raise CloudError(f"making {path}: {answer.status_code} {_said(body)}", fix=fix)
    return dict(body)


def patch(api: str, path: str, fields: Body, mask: str = "") -> None:
    """Changes these fields of one object and no others; `mask` names a field within one. Errors: CloudError."""
    _changed("PATCH", api, path, {"updateMask": mask or ",".join(fields)}, fields)


def put(api: str, path: str, content: Body) -> None:
    """Puts one object in the place of the one that is there. Errors: CloudError."""
    _changed("PUT", api, path, {}, content)


def merge(api: str, path: str, content: Body) -> None:
    """Changes these fields of an object of an API that takes no mask (BigQuery). Errors: CloudError."""
    _changed("PATCH", api, path, {}, content)


def _changed(method: str, api: str, path: str, parameters: Mapping[str, Parameter], content: Body) -> None:
    answer, body = _call(method, api, path, parameters, content)
    if not answer.ok:
        fix = _fix(answer, body, "may this account change it?")
        raise CloudError(f"changing {path}: {answer.status_code} {_said(body)}", fix=fix)


def _call(
    method: str, api: str, path: str, parameters: Mapping[str, Parameter], content: Body | None = None
) -> tuple[requests.Response, Any]:
    url = rest_base(api) + path
    try:
        answer = _session().request(method, url, params=parameters, json=content, timeout=SECONDS)
        return answer, answer.json() if answer.content else {}
    except (requests.RequestException, GoogleAuthError, ValueError) as error:
        said = " ".join(str(error).split())
        raise CloudError(f"{url} does not answer: {said}", fix="gcloud auth application-default login?") from None


def pages(api: str, path: str, field: str, **parameters: Parameter) -> Iterator[Body]:
    """All entries of a list. Errors: CloudError."""
    token = ""
    while True:
        page = get(api, path, **parameters, **({"pageToken": token} if token else {})) or {}
        yield from page.get(field) or ()
        token = page.get("nextPageToken") or ""
        if not token:
            return


def _session() -> requests.Session:
    if not hasattr(_local, "session"):
        _local.session = rest_session()
    session: requests.Session = _local.session
    return session


def _error(body: Any) -> Body:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _fix(answer: requests.Response, body: Any, otherwise: str) -> str:
    return QUOTA if answer.status_code == 429 or LIMIT.search(str(_error(body))) else otherwise


def _said(body: Any) -> str:
    return " ".join(str(_error(body).get("message") or "").split())
