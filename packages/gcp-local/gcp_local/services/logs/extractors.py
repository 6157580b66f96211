"""Extractors of log conditions and log metrics: EXTRACT(field) and REGEXP_EXTRACT(field, "regex with one group").

docs.cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics: valueExtractor.
"""

from __future__ import annotations

import json
import re

from gcp_local.services.errors import Json, invalid
from gcp_local.services.logs import query

FORM = re.compile(
    r'\s*(?:EXTRACT\(\s*(?P<field>[^,()]+?)\s*\)|REGEXP_EXTRACT\(\s*(?P<searched>[^,()]+?)\s*,\s*"(?P<regex>.*)"\s*\))\s*',
    re.DOTALL,
)


def check(extractors: dict[str, str], path: str) -> None:
    """Raise 400 for an extractor that cannot be read."""
    for key, text in extractors.items():
        match = FORM.fullmatch(text)
        if match is None:
            raise invalid(f'Field {path}[{key}] had an invalid value of "{text}": not an extractor.', field=path)
        if match["regex"] is not None and _groups(match["regex"]) != 1:
            reason = "the regular expression of REGEXP_EXTRACT must have exactly one capture group"
            raise invalid(f'Field {path}[{key}] had an invalid value of "{text}": {reason}.', field=path)


def extract(extractors: dict[str, str], entry: Json) -> dict[str, str]:
    """The labels of an entry; empty where it has no such field or the expression finds nothing."""
    return {key: _value(text, entry) for key, text in extractors.items()}


def _value(text: str, entry: Json) -> str:
    match = FORM.fullmatch(text)
    assert match is not None
    found = query.value_at(entry, match["field"] or match["searched"])
    value = "" if found is None else found if isinstance(found, str) else json.dumps(found)
    if match["regex"] is None:
        return value
    searched = re.search(_unescaped(match["regex"]), value)
    return searched[1] if searched else ""


def _groups(regex: str) -> int:
    try:
        return re.compile(_unescaped(regex)).groups
    except re.error:
        return -1


def _unescaped(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)
