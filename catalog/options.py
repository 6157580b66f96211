"""`OPTIONS(name=value, ...)`: literals to Python values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.cursor import Cursor
from catalog.tokens import Kind

LITERAL_FIX = 'a string, a number, TRUE, FALSE or a list such as [("system", "eros")]'


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its value as str, int, float, bool, list or tuple, and where it stands."""

    value: Any
    line: int


def parse_options(cursor: Cursor, allowed: frozenset[str]) -> dict[str, Option]:
    """The options that come next, or none. An option that the catalog does not carry is refused."""
    options: dict[str, Option] = {}
    if not cursor.accept("OPTIONS"):
        return options
    cursor.expect("(")
    while not cursor.accept(")"):
        name = cursor.name("an option")
        if name.text not in allowed:
            message = f"option {name.text} is not carried here"
            raise cursor.error(message, fix=f"use only {', '.join(sorted(allowed))}", line=name.line)
        if name.text in options:
            raise cursor.error(f"option {name.text} is given twice", fix="keep one", line=name.line)
        cursor.expect("=")
        options[name.text] = Option(_literal(cursor), name.line)
        if not cursor.sees(")"):
            cursor.expect(",")
    return options


def description_option(cursor: Cursor) -> str:
    """The text of `OPTIONS(description="...")` if it comes next, else ''."""
    return text_option(cursor, parse_options(cursor, frozenset({"description"})), "description")


def text_option(cursor: Cursor, options: dict[str, Option], name: str) -> str:
    """The text of an option, '' when it is not given."""
    return str(_typed(cursor, options, name, str, "a string", default=""))


def flag_option(cursor: Cursor, options: dict[str, Option], name: str, *, default: bool = False) -> bool:
    """The truth value of an option."""
    return bool(_typed(cursor, options, name, bool, "TRUE or FALSE", default=default))


def number_option(cursor: Cursor, options: dict[str, Option], name: str) -> float | None:
    """The positive number of an option, None when it is not given."""
    option = options.get(name)
    if option is None:
        return None
    if isinstance(option.value, bool) or not isinstance(option.value, int | float) or option.value <= 0:
        raise cursor.error(f"{name} must be a number above 0", fix="write for example 90", line=option.line)
    return option.value


def labels_option(cursor: Cursor, options: dict[str, Option]) -> dict[str, str]:
    """`labels=[("key", "value"), ...]` as a dictionary, in the order written."""
    option = options.get("labels")
    if option is None:
        return {}
    pairs = option.value if isinstance(option.value, list) else [None]
    labels: dict[str, str] = {}
    for pair in pairs:
        match pair:
            case (str(key), str(value)) if key not in labels:
                labels[key] = value
            case _:
                fix = 'write labels=[("system", "eros"), ...], each key once'
                raise cursor.error("labels must be a list of pairs of strings", fix=fix, line=option.line)
    return labels


def _typed(cursor: Cursor, options: dict[str, Option], name: str, kind: type, what: str, *, default: object) -> object:
    option = options.get(name)
    if option is None:
        return default
    if not isinstance(option.value, kind):
        raise cursor.error(f"{name} must be {what}", fix=f"write {name}={what}", line=option.line)
    return option.value


def _literal(cursor: Cursor) -> Any:
    token = cursor.take()
    if token.kind is Kind.STRING and token.text[0] not in "bB":
        return token.string_value()
    if token.kind is Kind.NUMBER:
        return float(token.text) if any(mark in token.text for mark in ".eE") else int(token.text, 0)
    if token.is_("TRUE", "FALSE"):
        return token.upper == "TRUE"
    if token.is_("INTERVAL"):
        return _interval(cursor)
    if token.is_("[", "("):
        closing = "]" if token.text == "[" else ")"
        items = []
        while not cursor.accept(closing):
            items.append(_literal(cursor))
            if not cursor.sees(closing):
                cursor.expect(",")
        return items if token.text == "[" else tuple(items)
    raise cursor.error(f"{token.text} is no literal", fix=LITERAL_FIX, line=token.line)


def _interval(cursor: Cursor) -> str:
    """`INTERVAL n MINUTE|HOUR|DAY` as the API writes it: `years-months days hours:minutes:seconds`."""
    amount, unit = cursor.take(), cursor.take()
    if not amount.text.isdigit() or not unit.is_("MINUTE", "HOUR", "DAY"):
        fix = "write for example INTERVAL 4 HOUR"
        raise cursor.error("no interval of minutes, hours or days", fix=fix, line=amount.line)
    minutes = int(amount.text) * {"MINUTE": 1, "HOUR": 60, "DAY": 24 * 60}[unit.upper]
    days, rest = divmod(minutes, 24 * 60)
    return f"0-0 {days} {rest // 60}:{rest % 60}:0"
