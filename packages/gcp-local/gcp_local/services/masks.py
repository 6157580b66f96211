"""Partial updates: which fields an `updateMask` names and how they are put into a stored resource."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from gcp_local.services.errors import Json, invalid
from gcp_local.services.fields import FieldType, MapOf, Message, camel_case

ABSENT = object()


def read_mask(text: str) -> list[str]:
    """The paths of a mask in camelCase; an empty mask gives none."""
    return [".".join(camel_case(word) for word in path.split(".")) for path in text.split(",") if path.strip()]


def check_mask(paths: Iterable[str], message: Message) -> None:
    """Raise 400 for a path that is no field of `message`, or a field that cannot change."""
    for path in paths:
        if path in message.immutable:
            raise invalid(message.immutable[path], field="update_mask")
        if not _exists(path.split("."), message):
            raise invalid(f"Invalid update mask: unknown field path '{path}'.", field="update_mask")


def _exists(words: list[str], kind: FieldType) -> bool:
    if not words or isinstance(kind, MapOf):
        return True
    return isinstance(kind, Message) and words[0] in kind.fields and _exists(words[1:], kind.fields[words[0]])


def apply_mask(stored: Json, change: Json, paths: Iterable[str]) -> Json:
    """`stored` with each path taken from `change`; a path that `change` lacks is cleared."""
    answer = copy.deepcopy(stored)
    for path in paths:
        _set(answer, path.split("."), _get(change, path.split(".")))
    return answer


def _get(document: Any, words: list[str]) -> Any:
    for word in words:
        if not isinstance(document, dict) or word not in document:
            return ABSENT
        document = document[word]
    return document


def _set(document: Json, words: list[str], value: Any) -> None:
    *parents, last = words
    for word in parents:
        document = document.setdefault(word, {})
    if value is ABSENT:
        document.pop(last, None)
    else:
        document[last] = copy.deepcopy(value)
