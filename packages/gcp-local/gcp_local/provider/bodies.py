"""Helpers for request bodies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gcp_local.provider.values import Bag


def given(source: Mapping[str, Any], names: str | Iterable[str]) -> Bag:
    """The named properties that are set to something; the provider sends no empty ones."""
    wanted = names.split() if isinstance(names, str) else names
    return {name: source[name] for name in wanted if source.get(name) not in (None, "", [], {})}


def texts(source: Mapping[str, Any], names: str) -> Bag:
    """The named numbers as Google's JSON spells 64-bit integers; no zeros."""
    return {name: str(source[name]) for name in names.split() if source.get(name)}


def pruned(value: Any) -> Any:
    """A block without absent and empty parts, at any depth; false and 0 stay."""
    if isinstance(value, dict):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {})}
    return [pruned(item) for item in value] if isinstance(value, list) else value


def parsed(text: Any) -> Any:
    """The content of a property that holds JSON; None if it is empty."""
    return json.loads(text) if text else None


def compact(value: Any) -> str:
    """Content as the provider writes JSON into outputs; empty for nothing."""
    return "" if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
