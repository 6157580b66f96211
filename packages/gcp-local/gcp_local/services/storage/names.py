"""Names of objects in a request, and those that would lead out of the folder that holds the objects.

The object emulator makes a path of a name. Cloud Storage refuses an object called `.` or `..`; a name with such a
part is legal there and cannot be kept here, which is said.
https://cloud.google.com/storage/docs/objects#naming
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

from gcp_local.services.errors import ApiError

NAMED_BY_QUERY = ("name", "prefix")
USERS_OWN = "metadata"
"""The key whose content is the user's, whatever it is called."""
UPLOADS = frozenset({"media", "multipart", "resumable"})
HEAD_BYTES = 65_536
"""As much of an upload as may hold its metadata."""
PART_START = re.compile(rb"\r?\n\r?\n")


def check_path(path: str, query: str) -> None:
    """Raise 400 for a name, as sent in the path or in the query, that leaves the folder."""
    for part in (path, *(value for name in NAMED_BY_QUERY for value in parse_qs(query).get(name, []))):
        _check(unquote(part))


def carries_metadata(method: str, path: str, query: str, protocol: str) -> bool:
    """Whether the body starts with metadata: all but plain data. Raises 400 for an upload of an unknown kind.

    `protocol`: the header by which an upload may say its kind instead.
    """
    given = parse_qs(query)
    if path.startswith("/upload/resumable/") or (method == "PUT" and "upload_id" in given):
        return False  # the data of an upload that has begun
    if not path.startswith("/upload/"):
        return True
    kind = given.get("uploadType", [protocol])[-1]
    if kind not in UPLOADS:
        raise ApiError(400, f"Invalid upload type {kind!r}: it is media, multipart or resumable.")
    return kind != "media"


def check_metadata(kind: str, head: bytes) -> None:
    """Raise 400 for a name in the JSON that a request starts with: all of it, or the first part of a multipart one.

    JSON that cannot be read here is refused: the emulator must not be the first to read it.
    """
    if kind.startswith("multipart/"):
        start = PART_START.search(head)
        text = head[start.end() :] if start else b""
        text = text.partition(b"\n--")[0]
    else:
        text = head
    if not text.strip():
        return
    try:
        body = json.loads(text)
    except ValueError:
        raise ApiError(
            400, "The metadata of the upload is no JSON, or longer than 64 KiB.", reason="parseError"
        ) from None
    for name in _names(body):
        _check(name)


def _names(value: Any) -> Iterator[str]:
    """Every `name`, however it is written: the emulator reads the keys of JSON without regard to case."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.casefold() == "name" and isinstance(inner, str):
                yield inner
            if key.casefold() != USERS_OWN:
                yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _check(name: str) -> None:
    parts = re.split(r"[/\\]", name)
    if ".." in parts or "." in parts or "\0" in name:
        raise ApiError(400, f"Invalid object name {name!r}: a part of it is `.` or `..`, which is not carried here.")
