"""The beginning of a file's statement: what it creates and under which name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from catalog.cursor import Cursor
from catalog.errors import CatalogError, finding
from catalog.references import LOGICAL_DATASET, referenced_name
from catalog.tokens import Kind, Token

FOLDERS = {
    "tables": "TABLE",
    "views": "VIEW",
    "materialized_views": "MATERIALIZED VIEW",
    "functions": "FUNCTION",
    "table_functions": "TABLE FUNCTION",
    "procedures": "PROCEDURE",
}
# Longer ones first: TABLE FUNCTION is no TABLE.
KINDS = sorted(FOLDERS.values(), key=len, reverse=True)


@dataclass(frozen=True, slots=True)
class Header:
    """`CREATE [OR REPLACE] KIND name`, on `line`."""

    name: str
    line: int


def parse_header(cursor: Cursor, folder: str) -> Header:
    """Read the statement's start and hold it against the folder (kind) and the file's name."""
    line = cursor.line
    wanted = FOLDERS[folder]
    cursor.expect("CREATE", fix=f"the file must hold one CREATE {wanted} statement")
    replaces = cursor.accept("OR", "REPLACE")
    kind = next((kind for kind in KINDS if cursor.accept(*kind.split())), None)
    if kind != wanted:
        found = f"CREATE {kind}" if kind else f"CREATE {cursor.take().text}"
        message = f"{found} in sql/{folder}, which holds {wanted} only"
        fix = f"move the file to sql/{_folder_of(kind)}" if kind else f"write CREATE {wanted}"
        raise cursor.error(message, fix=fix, line=line, rule="object-kind")
    _check_form(cursor, wanted, replaces=replaces, line=line)
    token = cursor.name("the object's name")
    return Header(_object_name(cursor.source.path, token), token.line)


def end_of_file(cursor: Cursor) -> None:
    """Nothing may follow the one statement but a semicolon."""
    cursor.accept(";")
    if not cursor.at_end:
        fix = "one object a file: move the rest to a file of its own"
        raise cursor.error("a second statement in the file", fix=fix, rule="one-object")


def _folder_of(kind: str) -> str:
    return next(folder for folder, name in FOLDERS.items() if name == kind)


def _check_form(cursor: Cursor, kind: str, *, replaces: bool, line: int) -> None:
    if cursor.sees("IF", "NOT", "EXISTS"):
        message = "IF NOT EXISTS leaves an older form of the object in place"
        raise cursor.error(message, fix="take IF NOT EXISTS out", line=line, rule="object-kind")
    if kind == "TABLE" and replaces:
        message = "OR REPLACE would throw away the table's rows"
        raise cursor.error(message, fix="write CREATE TABLE", line=line, rule="object-kind")
    if kind != "TABLE" and not replaces:
        raise cursor.error(f"CREATE {kind} without OR REPLACE", fix=f"write CREATE OR REPLACE {kind}", line=line)


def _object_name(path: Path, token: Token) -> str:
    expected = f"`{LOGICAL_DATASET}.{path.stem}`"
    name = referenced_name(token)
    if name is None:
        raise _name_error(path, token, f"the object is not named in the dataset {LOGICAL_DATASET}", expected)
    if name != path.stem:
        raise _name_error(path, token, f"object {name} in a file named {path.name}", expected)
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,254}", name):
        message = "object names are lower-case letters, digits and underscores, with no digit first"
        raise finding(path, token.line, message, fix="rename file and object", rule="object-name")
    return name


def _name_error(path: Path, token: Token, message: str, expected: str) -> CatalogError:
    written = f"`{token.text}`" if token.kind is Kind.QUOTED else token.text
    fix = f"write {expected} in place of {written}, or rename the file"
    return finding(path, token.line, message, fix=fix, rule="object-name")
