"""Which tables a query reads, which of their columns and how many days: views and table functions expanded.

Of a view or table function only the columns count that its reader names, and what they are made of, as BigQuery reads
no others. Errs high beyond that: a column counts when its name occurs anywhere in the SELECT that reads the table;
clustering is left out, because tables of this size have too few blocks for it; without a derivable bound every
partition counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.pushdown_projections import pushdown_projections

from catalog.catalog import Catalog
from catalog.cost.windows import Window, conjuncts, window_of
from catalog.model import MaterializedView, Routine, Table, TimePartitioning, View
from catalog.plan import declared_name
from catalog.references import LOGICAL_DATASET
from catalog.sqltree import parsed

TEMPORARY = "(temporary)"


@dataclass(frozen=True, slots=True)
class Scan:
    """One use of a table. `reader` is the object whose statement states the window, '' for the query itself."""

    table: str
    columns: frozenset[str]
    window: Window
    reader: str = ""


def query_scans(catalog: Catalog, query: exp.Expr, reader: str = "") -> tuple[Scan, ...]:
    """All uses of tables by a query or by the query inside a DML statement, through views and functions."""
    return tuple(_Expansion(catalog).query(query, reader))


def object_scans(catalog: Catalog, name: str) -> tuple[Scan, ...]:
    """What a view or table function reads when it is called with arguments that are not known."""
    declared = catalog.objects[name]
    if isinstance(declared, Table):
        return ()
    return query_scans(catalog, parsed(declared.sql.text), name)


@dataclass(frozen=True, slots=True)
class _Expansion:
    catalog: Catalog

    def query(self, tree: exp.Expr, reader: str, pushed: Mapping[str, Window] | None = None) -> Iterator[Scan]:
        """`pushed` holds windows of output columns that the one who reads this query has stated."""
        ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
        for node in tree.find_all(exp.Table):
            if name := declared_name(node):
                yield from self._reference(tree, node, name, reader, pushed or {})
            elif "INFORMATION_SCHEMA" in node.sql().upper():
                # https://cloud.google.com/bigquery/pricing: at least the minimum of a table, and never from a cache.
                yield Scan(node.name.rpartition(".")[2], frozenset(), Window(), reader)
            elif isinstance(node.this, exp.Identifier) and not node.db and node.name not in ctes and _is_read(node):
                yield Scan(TEMPORARY + node.name, frozenset(), Window(), reader)
        yield from self._scalar_functions(tree, reader)

    def _reference(
        self, tree: exp.Expr, node: exp.Table, name: str, reader: str, pushed: Mapping[str, Window]
    ) -> Iterator[Scan]:
        declared = self.catalog.objects.get(name)
        if isinstance(declared, Table | MaterializedView):
            yield self._table(tree, node, declared, reader, pushed)
        elif isinstance(declared, View):
            windows = self._windows(node, declared, pushed)
            body = _narrowed(parsed(declared.sql.text), _taken(tree, node))
            yield from self.query(body, reader if windows else name, windows)
        elif isinstance(declared, Routine):
            body = _narrowed(_with_arguments(declared, node.this.expressions), _taken(tree, node))
            yield from self.query(body, name)

    def _scalar_functions(self, tree: exp.Expr, reader: str) -> Iterator[Scan]:
        for call in tree.find_all(exp.Anonymous):
            declared = self.catalog.objects.get(call.name.removeprefix(f"{LOGICAL_DATASET}."))
            if isinstance(declared, Routine) and declared.kind == "SCALAR_FUNCTION" and declared.language == "SQL":
                yield from self.query(parsed(f"SELECT {declared.sql.text}"), reader)

    def _table(
        self,
        tree: exp.Expr,
        node: exp.Table,
        table: Table | MaterializedView,
        reader: str,
        pushed: Mapping[str, Window],
    ) -> Scan:
        columns = frozenset(column.name for column in table.columns) if isinstance(table, Table) else frozenset()
        if not _takes_every_column(node):
            columns &= _named_columns(tree, node)
        window = Window()
        if isinstance(table.partitioning, TimePartitioning):
            field = table.partitioning.field
            window = window_of(field, node.alias_or_name, _conditions(node))
            if _passes_through(tree, node, field):
                window = window.narrowed(pushed.get(field, Window()))
        return Scan(table.name, columns, window, reader)

    def _windows(self, node: exp.Table, view: View, pushed: Mapping[str, Window]) -> dict[str, Window]:
        """Windows that the reader of a view states on its columns."""
        conditions = _conditions(node)
        windows = dict(pushed)
        for name in _output_columns(view):
            window = window_of(name, node.alias_or_name, conditions)
            if window.has_lower or window.has_upper:
                windows[name] = window.narrowed(windows.get(name, Window()))
        return windows


def _output_columns(view: View) -> frozenset[str]:
    query = parsed(view.sql.text)
    return frozenset(query.named_selects) if isinstance(query, exp.Query) else frozenset()


def _is_read(node: exp.Table) -> bool:
    return isinstance(node.parent, exp.From | exp.Join | exp.Merge)


def _with_arguments(routine: Routine, given: Iterable[exp.Expr]) -> exp.Expr:
    """The body with the arguments of a call put in for its parameters."""
    values = {argument.name.lower(): value for argument, value in zip(routine.arguments, given, strict=True)}

    def put_in(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in values:
            return exp.Paren(this=values[node.name.lower()].copy())
        return node

    return parsed(routine.sql.text).transform(put_in)


def _taken(tree: exp.Expr, node: exp.Table) -> frozenset[str] | None:
    """Columns that the statement around a view or call takes from it; None for all of them."""
    return None if _takes_every_column(node) else _named_columns(tree, node)


def _narrowed(query: exp.Expr, taken: frozenset[str] | None) -> exp.Expr:
    """The query without the output columns that nobody takes and without what only they are made of."""
    if taken is None or not isinstance(query, exp.Query):
        return query
    kept = [name for name in query.named_selects if name in taken] or query.named_selects[:1]
    outer = exp.select(*(exp.column(name, table="taken") for name in kept)).from_(query.copy().subquery("taken"))
    try:
        pushdown_projections(outer)
    except OptimizeError:  # a query that passes columns on by `*` counts with all of them
        return query
    inner: exp.Expr = outer.find(exp.Subquery).this  # type: ignore[union-attr]
    return inner


def _conditions(node: exp.Table) -> list[exp.Expr]:
    """Conditions that hold for every row that is taken from this table: WHERE and, unless it is preserved, ON."""
    statement = node.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge)
    if statement is None:
        return []
    where = statement.args.get("where")
    found = list(conjuncts(where.this if where else None))
    joins = statement.args.get("joins") or ()
    found += [part for join in joins if not join.side or join.this is node for part in conjuncts(join.args.get("on"))]
    if isinstance(statement, exp.Merge):
        found += conjuncts(statement.args.get("on"))
    return found


def _takes_every_column(node: exp.Table) -> bool:
    """Whether the rows are rewritten as a whole, or `*` or `alias.*` takes every column."""
    if isinstance(node.parent, exp.Update | exp.Delete):
        return True
    if isinstance(node.parent, exp.Merge):
        return node.arg_key == "this" and any(isinstance(when.args["then"], exp.Update) for when in _whens(node.parent))
    select = node.find_ancestor(exp.Select)
    if select is None:
        return False
    # A row by its alias is all of its columns: TO_JSON_STRING(t).
    whole = (not column.table and column.name == node.alias for column in select.find_all(exp.Column))
    return any(_is_star_of(item, node) for item in select.expressions) or any(whole)


def _whens(merge: exp.Expr) -> list[exp.When]:
    return list(merge.find_all(exp.When))


def _is_star_of(item: exp.Expr, node: exp.Table) -> bool:
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        return item.table == node.alias_or_name
    return isinstance(item, exp.Star)


def _named_columns(tree: exp.Expr, node: exp.Table) -> frozenset[str]:
    """Names of columns that the statement around the table takes from it, or may take from it."""
    around = node.find_ancestor(exp.Select, exp.Merge) or tree
    return frozenset(column.name for column in around.find_all(exp.Column) if column.table in ("", node.alias_or_name))


def _passes_through(tree: exp.Expr, node: exp.Table, column: str) -> bool:
    """Whether an output column of this name is the table's own column, on every level of the query."""
    own = node.find_ancestor(exp.Select)
    for select in tree.find_all(exp.Select):
        for item in select.expressions:
            plain = item.unalias()
            if item.alias_or_name != column:
                continue
            if not isinstance(plain, exp.Column) or plain.name != column:
                return False
            if select is own and plain.table not in ("", node.alias_or_name):
                return False
    return own is not None
