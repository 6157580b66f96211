"""Whether the deployed routines take what is declared: arguments by name, type, mode and order, from the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.addresses import Placement
from catalog.model import Argument, Routine

NO_MODE = "IN"


def query(place: Placement) -> str:
    """The arguments of every routine, a row each; a routine without any has one row without.

    Positions are text in the documentation and numbers in its examples
    (https://cloud.google.com/bigquery/docs/information-schema-parameters).
    """
    schema = f"`{place.project}.{place.dataset}.INFORMATION_SCHEMA"
    return (
        "SELECT r.routine_name AS routine, p.parameter_mode AS mode, p.parameter_name AS name, p.data_type AS type\n"
        f"FROM {schema}.ROUTINES` AS r\n"
        f"LEFT JOIN {schema}.PARAMETERS` AS p\n"
        "ON p.specific_name = r.specific_name AND CAST(p.ordinal_position AS INT64) > 0\n"
        "ORDER BY routine, CAST(p.ordinal_position AS INT64)"
    )


def offences(rows: Iterable[Any], declared: Mapping[str, Routine], place: Placement) -> list[str]:
    """A line for each deployed routine with other arguments than its file states; those that have gone are d1's."""
    deployed: dict[str, list[str]] = {}
    for row in rows:
        arguments = deployed.setdefault(str(row["routine"]), [])
        if row["name"] is not None or row["type"] is not None:
            arguments.append(_text(row["mode"], str(row["name"]), str(row["type"])))
    wrong = []
    for name, routine in sorted(declared.items()):
        found = deployed.get(place.name(name))
        stated = [_declared(argument) for argument in routine.arguments]
        if found is not None and found != stated:
            wrong.append(f"{name} takes ({', '.join(found)}), declared is ({', '.join(stated)})")
    return wrong


def _declared(argument: Argument) -> str:
    return _text(argument.mode, argument.name, argument.type.text)


def _text(mode: str | None, name: str, data_type: str) -> str:
    return f"{name} {data_type}" if mode in (None, NO_MODE) else f"{mode} {name} {data_type}"
