"""How far back a predicate on a partition column reaches, derived from the predicate itself.

BigQuery prunes partitions when the column stands alone on one side and the other side is constant for the
statement: literals, parameters, script variables, arguments and functions of these. A side with a column of a
table or with a subquery prunes nothing, and neither does a bound inside OR.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

HOURS = {"MICROSECOND": 1 / 3.6e9, "SECOND": 1 / 3600, "MINUTE": 1 / 60, "HOUR": 1.0, "DAY": 24.0, "WEEK": 168.0}
SUBTRACTIONS = (exp.TimestampSub, exp.DateSub)
# Functions that turn an instant into a day or back: they move a bound by less than a day.
CONVERSIONS = (exp.Date, exp.Timestamp, exp.TsOrDsToDate, exp.Cast, exp.TimestampTrunc, exp.DateTrunc)
NOW = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentDatetime)
CONSTANT_PREFIXES = ("p_", "v_")
LOWER, UPPER = (exp.GT, exp.GTE), (exp.LT, exp.LTE)
MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}


@dataclass(frozen=True, slots=True)
class Window:
    """The bounds of one column. `days` is how far back the lower bound lies, None when that cannot be told."""

    has_lower: bool = False
    has_upper: bool = False
    days: float | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are constant."""
        return self.has_lower and self.has_upper

    def narrowed(self, other: Window) -> Window:
        """Both hold: the smaller of the two windows."""
        known = [window.days for window in (self, other) if window.days is not None]
        days = min(known) if known else None
        return Window(self.has_lower or other.has_lower, self.has_upper or other.has_upper, days)


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The parts of a condition that must all hold."""
    if isinstance(condition, exp.Paren):
        yield from conjuncts(condition.this)
    elif isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif condition is not None:
        yield condition


def window_of(column: str, alias: str, conditions: list[exp.Expr]) -> Window:
    """What these conditions, all of which hold, say about `alias.column`."""
    window = Window()
    for condition in conditions:
        window = window.narrowed(_bound(column, alias, condition))
    return window


def is_constant(node: exp.Expr) -> bool:
    """Whether a value is fixed before the statement reads anything."""
    if node.find(exp.Query):
        return False
    return all(_is_variable(column) for column in node.find_all(exp.Column))


def days_back(node: exp.Expr) -> float | None:
    """How many days before now an instant or a day lies; None when the expression does not say."""
    if isinstance(node, SUBTRACTIONS):
        start, length = days_back(node.this), number(node.expression)
        unit = HOURS.get(str(node.args.get("unit") or "DAY").upper())
        return None if start is None or length is None or unit is None else start + length * unit / 24
    if isinstance(node, NOW) or (isinstance(node, exp.Column) and _is_variable(node)):
        return 0.0
    if isinstance(node, (exp.Paren, *CONVERSIONS)):
        return days_back(node.this)
    if isinstance(node, exp.Anonymous | exp.Coalesce) and is_constant(node):
        return 0.0  # la_date(p_now), COALESCE(p_date, v_today): a day that is near now
    return None


def number(node: exp.Expr) -> float | None:
    """The value of an arithmetic expression of literals; None when something in it is not known."""
    if isinstance(node, exp.Literal):  # the parser makes a string of the 90 in INTERVAL 90 DAY
        return float(node.this) if node.this.replace(".", "", 1).isdigit() else None
    if isinstance(node, exp.Paren):
        return number(node.this)
    if isinstance(node, exp.If):
        return _chosen(node)
    if isinstance(node, exp.Least | exp.Greatest):
        values = [number(item) for item in (node.this, *node.expressions)]
        known = [value for value in values if value is not None]
        pick = min if isinstance(node, exp.Least) else max
        return pick(known) if len(known) == len(values) else None
    if isinstance(node, exp.Binary):
        return _calculated(node)
    return None


def _calculated(node: exp.Binary) -> float | None:
    left, right = number(node.left), number(node.right)
    if left is None or right is None:
        return None
    if isinstance(node, exp.Add):
        return left + right
    if isinstance(node, exp.Sub):
        return left - right
    return left * right if isinstance(node, exp.Mul) else None


def _chosen(node: exp.If) -> float | None:
    """IF(a > b, x, y); the larger of x and y when the condition is open, None when one of them is."""
    condition, yes, no = node.this, number(node.args["true"]), number(node.args["false"])
    if isinstance(condition, exp.GT):
        left, right = number(condition.left), number(condition.right)
        if left is not None and right is not None:
            return yes if left > right else no
    return None if yes is None or no is None else max(yes, no)


def _bound(column: str, alias: str, condition: exp.Expr) -> Window:
    if isinstance(condition, exp.Between) and _is_column(condition.this, column, alias):
        low, high = condition.args["low"], condition.args["high"]
        return Window(is_constant(low), is_constant(high), days_back(low) if is_constant(low) else None)
    if not isinstance(condition, (exp.EQ, *LOWER, *UPPER)):
        return Window()
    kind: type[exp.Expr] = type(condition)
    side, other = condition.left, condition.right
    if _is_column(other, column, alias):
        kind, side, other = MIRRORED.get(kind, kind), other, side
    if not _is_column(side, column, alias) or not is_constant(other):
        return Window()
    if kind in UPPER:
        return Window(has_upper=True)
    return Window(has_lower=True, has_upper=kind is exp.EQ, days=days_back(other))


def _is_column(node: exp.Expr, column: str, alias: str) -> bool:
    """`alias.column`, also as DATE(alias.column), by which the same partitions are pruned."""
    if isinstance(node, exp.Date | exp.TsOrDsToDate) and not node.args.get("zone"):
        node = node.this
    return isinstance(node, exp.Column) and node.name == column and node.table in ("", alias)


def _is_variable(column: exp.Column) -> bool:
    return not column.table and column.name.lower().startswith(CONSTANT_PREFIXES)
