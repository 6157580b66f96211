"""Checks of single values and differences that mean nothing, shared by the services.

A check returns why a value is refused, or None. A comparison takes (old, new) as the state and the program spell
them, and says whether both mean the same; `new` is None where it asks if `old` is as good as absent.
"""

from __future__ import annotations

import json
import re
from typing import Any

from gcp_local.provider.facts import Check

MEMBER = re.compile(r".+:.+|projectOwners|projectReaders|projectWriters|allUsers|allAuthenticatedUsers")
ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
ACCOUNT_LINK = re.compile(r"projects/[^/]*/serviceAccounts/[^/@]+@[-a-z0-9.:]+|projects/.+/serviceAccounts/.+@.+")
LABEL_KEY = re.compile(r"[a-z0-9_-]{1,63}")
CASE_SENSITIVE = ("principal:", "principalSet:", "principalHierarchy:")


def matches(pattern: str, meaning: str) -> Check:
    """A text that matches as a whole."""
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(str(value)) else f"{meaning}; got {value!r}."


def at_least(lowest: int) -> Check:
    """A number with a lower bound."""
    return lambda value: None if float(value) >= lowest else f"cannot be shorter than {lowest}; got {value}."


def between(lowest: int, highest: int) -> Check:
    """A number in a range."""
    return lambda value: (
        None if lowest <= float(value) <= highest else f"must be from {lowest} to {highest}; got {value}."
    )


def no_longer_than(longest: int) -> Check:
    """A text of limited length."""
    return lambda value: (
        None if len(str(value)) <= longest else f"must have at most {longest} characters; it has {len(str(value))}."
    )


def json_text(value: Any) -> str | None:
    """A text that holds JSON."""
    try:
        json.loads(str(value))
    except ValueError as error:
        return f"contains invalid JSON: {error}."
    return None


def member(value: Any) -> str | None:
    """An IAM member such as `user:a@example.com`."""
    if str(value).startswith("deleted"):
        return f"must not be a deleted principal; got {value!r}."
    kinds = "user:, group:, serviceAccount:, domain:, principal:, projectOwner: or allUsers"
    return None if MEMBER.search(str(value)) else f"must be an IAM member ({kinds} ...); got {value!r}."


def label_keys(value: Any) -> str | None:
    """Label keys of a bucket."""
    wrong = [key for key in value if not LABEL_KEY.fullmatch(key)] if isinstance(value, dict) else []
    return f"has an invalid label key {wrong[0]!r}: lower-case letters, digits, _ and - only." if wrong else None


def same_json(old: Any, new: Any) -> bool:
    """JSON texts of the same content."""
    return new is not None and compact_json(old) == compact_json(new)


def compact_json(value: Any) -> Any:
    """JSON text without white space and in key order; anything else as it is."""
    try:
        return json.dumps(json.loads(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError):
        return value


def upper(value: Any) -> Any:
    """Upper-case spelling of a text."""
    return value.upper() if isinstance(value, str) else value


def ignoring_case(old: Any, new: Any) -> bool:
    """Texts that differ in case only."""
    return new is not None and str(old).upper() == str(new).upper()


def same_member(old: Any, new: Any) -> bool:
    """IAM members: case counts only for the kinds of principal where it is part of the name."""
    if new is None or any(str(each).startswith(CASE_SENSITIVE) for each in (old, new)):
        return bool(old == new)
    return ignoring_case(old, new)


def same_last_name(old: Any, new: Any) -> bool:
    """A full name and its last part: `projects/p/topics/t` and `t`."""
    if new is None:
        return False
    short = "/" not in str(old) or "/" not in str(new)
    return bool(str(old).rpartition("/")[2] == str(new).rpartition("/")[2]) if short else bool(old == new)


def ignoring_outer_space(old: Any, new: Any) -> bool:
    """Texts that differ in leading and trailing white space only."""
    return new is not None and str(old).strip() == str(new).strip()


def same_project(old: Any, new: Any) -> bool:
    """A project id with and without `projects/`."""
    return new is not None and str(old).removeprefix("projects/") == str(new).removeprefix("projects/")
