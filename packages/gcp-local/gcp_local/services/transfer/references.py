"""Which objects a text of GoogleSQL names, and what for: the words only, no catalog.

A name counts with two parts or more (`dataset.table`, with or without the project, quoted or not); whether there is
such an object, and what kind it is, the caller knows. Text inside strings (dynamic SQL) is not looked into, but for
the files that it loads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(
    r"""
      (?P<skipped> \s+ | (?:\#|--)[^\n]* | /\*.*?\*/ )
    | (?P<string> [rRbB]{0,2} (?: \"{3}(?:\\.|.)*?\"{3} | '{3}(?:\\.|.)*?'{3} | \"(?:\\.|[^\"\\])*\" | '(?:\\.|[^'\\])*' ) )
    | (?P<quoted> `[^`]*` )
    | (?P<word> [A-Za-z_]\w*(?:-\w+(?=[\w-]*\s*\.))* )
    | (?P<other> . )
    """,  # noqa: E501 - one alternative a line
    re.VERBOSE | re.DOTALL,
)
_LOAD = re.compile(r"[rRbB]{0,2}[\"']+\s*LOAD\s+DATA\b", re.IGNORECASE)
# Words between a verb and its target.
_BETWEEN = frozenset(
    {
        "INTO", "FROM", "TABLE", "VIEW", "FUNCTION", "PROCEDURE", "MATERIALIZED", "EXTERNAL", "SNAPSHOT", "IF", "NOT",
        "EXISTS", "OR", "REPLACE",
    }
)  # fmt: skip
VERBS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "CREATE", "DROP", "ALTER", "CALL"})


@dataclass(frozen=True)
class Reference:
    """A dotted name; `verb` is the statement whose target it is, empty where the name is only read or called."""

    parts: tuple[str, ...]
    verb: str = ""


def references(sql: str) -> Iterator[Reference]:
    """The names in the text, in its order."""
    tokens = [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(sql) if match.lastgroup != "skipped"]
    at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        if kind not in ("word", "quoted"):
            at += 1
            continue
        start, parts = at, _parts(text)
        while at + 2 < len(tokens) and tokens[at + 1][1] == "." and tokens[at + 2][0] in ("word", "quoted"):
            parts += _parts(tokens[at + 2][1])
            at += 2
        at += 1
        if len(parts) > 1:
            yield Reference(tuple(parts), _verb_before(tokens, start))


def exports(sql: str) -> bool:
    """Whether the text writes files: EXPORT DATA."""
    words = [match[0].upper() for match in _TOKEN.finditer(sql) if match.lastgroup != "skipped"]
    return ("EXPORT", "DATA") in pairwise(words)


def loads(sql: str) -> bool:
    """Whether the text reads files: LOAD DATA, also at the beginning of a text for EXECUTE IMMEDIATE."""
    found = [match for match in _TOKEN.finditer(sql) if match.lastgroup != "skipped"]
    words = pairwise(match[0].upper() for match in found)
    return ("LOAD", "DATA") in words or any(_LOAD.match(match[0]) for match in found if match.lastgroup == "string")


def _parts(text: str) -> list[str]:
    return text.strip("`").split(".")


def _verb_before(tokens: list[tuple[str, str]], at: int) -> str:
    while at:
        at -= 1
        word = tokens[at][1].upper()
        if word not in _BETWEEN:
            return word if word in VERBS else ""
    return ""
