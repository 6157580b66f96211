"""Views that hold rows of `config/` and read nothing: their text, and how values stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from catalog.model import View
from catalog.references import LOGICAL_DATASET, LogicalSql
from catalog.tokens import SqlText
from catalog.views import parse_view


def rows_view(
    name: str,
    path: Path,
    description: str,
    columns: Sequence[tuple[str, str, str]],
    rows: Sequence[str],
    component: str = "reference_data",
) -> View:
    """The view `name` of rows written as SQL; columns are name, type and meaning. `path` is what people edit."""
    # Typed, because only literals turn from STRING into DATE by themselves, and an empty list has no type.
    typed = f"STRUCT<{', '.join(f'{column} {kind}' for column, kind, _ in columns)}>"
    selected = [f"--: {meaning}\n  CAST(declared.{column} AS {kind}) AS {column}" for column, kind, meaning in columns]
    text = f"""\
-- What {path.as_posix()} declares, and made from it: edit that file.
CREATE OR REPLACE VIEW `{LOGICAL_DATASET}.{name}`
OPTIONS(
  description="{description}",
  labels=[("system", "eros"), ("component", "{component}")]
)
AS
SELECT
  {_lines(selected, 2)}
FROM
  UNNEST(ARRAY<{typed}>[
    {_lines(rows, 4)}
  ]) AS declared
"""
    # Read like a file of sql/views; findings name the file that people edit.
    view = parse_view(SqlText(Path("sql/views") / f"{name}.sql", text))
    return replace(view, path=path, line=1, sql=LogicalSql(SqlText(path, text), view.sql.tokens))


def sql_string(text: str) -> str:
    """The text as a literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def sql_bool(value: bool) -> str:
    """The truth as a literal."""
    return "TRUE" if value else "FALSE"


def sql_strings(texts: Sequence[str]) -> str:
    """The texts as an array."""
    return f"ARRAY<STRING>[{', '.join(map(sql_string, texts))}]"


def _lines(parts: Sequence[str], indent: int) -> str:
    return f",\n{' ' * indent}".join(parts)
