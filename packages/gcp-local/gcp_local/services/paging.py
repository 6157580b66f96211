"""Lists in pages, as Google's APIs cut them: pageSize, pageToken, nextPageToken."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from gcp_local.services.errors import Json, invalid
from gcp_local.services.registry import Call


def page(
    call: Call,
    name: str,
    items: Sequence[Json],
    *,
    default: int = 100,
    largest: int = 1000,
    size_name: str = "pageSize",
) -> Json:
    """One page of `items` under the field `name`; the field is absent when there are none, as in proto3 JSON."""
    size = _size(call, size_name, default, largest)
    start = _start(call.parameter("pageToken"))
    chosen = list(items[start : start + size])
    answer: Json = {name: chosen} if chosen else {}
    if start + size < len(items):
        answer["nextPageToken"] = base64.urlsafe_b64encode(f"from:{start + size}".encode()).decode()
    return answer


def _size(call: Call, name: str, default: int, largest: int) -> int:
    size = call.number(name, 0)
    if size < 0:
        raise invalid(f"{name} must not be negative: {size}", field=name)
    return min(size or default, largest)


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except ValueError:
        text = ""
    if not text.startswith("from:") or not re.fullmatch(r"[0-9]{1,9}", text[5:]):
        raise invalid("The page token is invalid.", field="page_token")
    return int(text[5:])
