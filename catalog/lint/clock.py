"""Rules on time: which zone a day belongs to, and who may ask what time it is.

Limits: whether a column or a compound expression is a TIMESTAMP is not known here, so a missing zone is found
for arguments, variables and calls that surely return one; the rest is up to review and tests around midnight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.lint.scan import arguments, calls, closing, is_call, sequence
from catalog.tokens import Kind, Token

CURRENT_LOCAL = ("CURRENT_DATE", "CURRENT_DATETIME", "CURRENT_TIME")
CURRENT = (*CURRENT_LOCAL, "CURRENT_TIMESTAMP")
# Functions whose value is a TIMESTAMP whatever they are given.
TIMESTAMP_CALLS = (
    "CURRENT_TIMESTAMP", "PARSE_TIMESTAMP", "TIMESTAMP", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS", "TIMESTAMP_SECONDS",
)  # fmt: skip
ZONED_PARTS = frozenset({
    "DATE", "TIME", "DATETIME", "YEAR", "ISOYEAR", "QUARTER", "MONTH", "WEEK", "ISOWEEK", "DAY", "DAYOFWEEK",
    "DAYOFYEAR", "HOUR",
})  # fmt: skip
DAY_UNITS = ("DAY", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR", "ISOYEAR")
ZONE_FIX = "add the zone 'America/Los_Angeles'"
STOPWATCH = "v_started"


@code_rule("zone", "the business day is Los Angeles'; without a zone BigQuery takes UTC")
def zone(code: Code) -> Iterator[Problem]:
    tokens = code.tokens
    instants = _timestamp_names(code)
    for index, token in enumerate(tokens):
        if token.is_(*CURRENT_LOCAL) and not _has_argument(tokens, index) and not _is_field(tokens, index):
            yield Problem(token.line, f"{token.upper} without a zone", f"{ZONE_FIX}, or derive it from p_now")
    for name, inner in calls(tokens, "DATE", "DATETIME", "TIME"):
        if _is_instant(inner, instants):
            yield Problem(name.line, f"{name.upper} of an instant without a zone", ZONE_FIX)
    for name, inner in calls(tokens, "EXTRACT", "CAST"):
        if _reads_instant_without_zone(name, inner, instants):
            yield Problem(name.line, f"{name.upper} from an instant without a zone", "add AT TIME ZONE and the zone")
    for name, inner in calls(tokens, "TIMESTAMP_TRUNC"):
        parts = arguments(inner)
        if len(parts) == 2 and parts[1] and parts[1][0].is_(*DAY_UNITS):
            yield Problem(name.line, "TIMESTAMP_TRUNC to days or more without a zone", ZONE_FIX)


@code_rule("current-timestamp-argument", "an instant has no zone, so CURRENT_TIMESTAMP takes no argument")
def current_timestamp_argument(code: Code) -> Iterator[Problem]:
    for name, inner in calls(code.tokens, "CURRENT_TIMESTAMP"):
        if inner:
            fix = "take it out; give the zone where a DATE, DATETIME or part is derived"
            yield Problem(name.line, "CURRENT_TIMESTAMP with an argument", fix)


@code_rule("wall-clock", "only a NAME that calls its NAME_at reads the clock, so that everything else can be tested")
def wall_clock(code: Code) -> Iterator[Problem]:
    if code.declared is None:
        return
    wrapped = f"{code.declared.name}_at"
    allowed = {*_wrapper_arguments(code, wrapped), *_stopwatch(code)}
    for index, token in enumerate(code.tokens):
        if token.is_(*CURRENT) and not _is_field(code.tokens, index) and index not in allowed:
            fix = f"take p_now TIMESTAMP in {wrapped} and let {code.declared.name} only call it"
            yield Problem(token.line, f"{token.upper} in the logic", fix)


def _wrapper_arguments(code: Code, wrapped: str) -> Iterator[int]:
    """Where the tokens of the arguments of NAME_at are, when nothing else is referred to and nothing else done."""
    if {reference.name for reference in code.sql.references} != {wrapped}:
        return
    if code.is_procedure and len(code.statements) != 1:
        return
    for index, token in enumerate(code.tokens):
        if token.kind is Kind.QUOTED and token.text.endswith(f".{wrapped}"):
            yield from range(index, closing(code.tokens, index + 1))


def _stopwatch(code: Code) -> Iterator[int]:
    """Telemetry may measure how long a run takes, in these two forms only."""
    if not code.is_procedure:
        return
    start = ("DECLARE", STOPWATCH.upper(), "TIMESTAMP", "DEFAULT", "CURRENT_TIMESTAMP")
    for index in sequence(code.tokens, *start):
        yield index + len(start) - 1
    elapsed = ("TIMESTAMP_DIFF", "(", "CURRENT_TIMESTAMP", "(", ")", ",", STOPWATCH.upper())
    for index in sequence(code.tokens, *elapsed):
        yield index + 2


def _timestamp_names(code: Code) -> frozenset[str]:
    """Arguments and variables of type TIMESTAMP, in lower case."""
    names = {a.name.lower() for a in code.routine.arguments if a.type.name == "TIMESTAMP"} if code.routine else set()
    for statement in code.statements:
        if statement.starts("DECLARE"):
            declared = [token for token in statement.tokens[1:] if not token.is_(",")]
            kind = next((n for n, token in enumerate(declared) if token.is_("TIMESTAMP")), 0)
            if kind and all(token.text.lower().startswith("v_") for token in declared[:kind]):
                names.update(token.text.lower() for token in declared[:kind])
    return frozenset(names)


def _is_instant(tokens: Sequence[Token], instants: frozenset[str]) -> bool:
    """Whether the expression is surely a TIMESTAMP."""
    if len(tokens) == 1:
        return tokens[0].text.lower() in instants
    if not tokens or not is_call(tokens, 0, *TIMESTAMP_CALLS, "TIMESTAMP_ADD", "TIMESTAMP_SUB"):
        return False
    return closing(tokens, 1) == len(tokens) - 1 and (
        tokens[0].is_(*TIMESTAMP_CALLS) or _is_instant(arguments(tokens[2:-1])[0], instants)
    )


def _reads_instant_without_zone(name: Token, inner: Sequence[Token], instants: frozenset[str]) -> bool:
    """EXTRACT(part FROM instant) or CAST(instant AS DATE|DATETIME|TIME)."""
    if name.is_("EXTRACT"):
        at = next(iter(sequence(inner, "FROM")), 0)
        return bool(at) and inner[0].upper in ZONED_PARTS and _is_instant(inner[at + 1 :], instants)
    if len(inner) < 3 or not inner[-2].is_("AS") or not inner[-1].is_("DATE", "DATETIME", "TIME"):
        return False
    return _is_instant(inner[:-2], instants)


def _has_argument(tokens: Sequence[Token], index: int) -> bool:
    return is_call(tokens, index, tokens[index].upper) and not tokens[index + 2].is_(")")


def _is_field(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].is_(".")


CLOCK_RULES: tuple[CodeRule, ...] = (zone, current_timestamp_argument, wall_clock)
