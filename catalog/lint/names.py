"""Rules on names: descriptions, prefixes, types and which objects a body may name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from catalog.addresses import FACTS, LOGICAL_REGION
from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.lint.scan import sequence
from catalog.lint.table_rules import DECIMALS, bad_labels
from catalog.model import View
from catalog.references import LOGICAL_DATASET, names_region, referenced_name, stated_fact
from catalog.script import Branches, Node, lists
from catalog.sqltypes import SqlType
from catalog.tokens import Kind, Token

# Where a dotted call is BigQuery's own and not a function of another dataset.
NAMESPACES = frozenset({
    "AEAD", "AI", "BIGLAKE", "BQ", "HLL_COUNT", "KEYS", "KLL_QUANTILES", "ML", "NET", "OBJ", "SAFE", "VECTOR_SEARCH",
})  # fmt: skip
OWN_FORM = f"write `{LOGICAL_DATASET}.NAME`"
HIDDEN = "a name like a column's loses against the column, and the condition is always true"
# What a name of an object may follow, as far as that is certain.
BEFORE_OBJECT = ("CALL", "MERGE", "UPDATE", "INTO")
INFORMATION_SCHEMA = re.compile(r"region-us\.INFORMATION_SCHEMA\.[A-Z_]+", flags=re.IGNORECASE)
REGION = re.compile(r"region-[a-z0-9-]+", flags=re.IGNORECASE)


@code_rule("description", "whoever meets a view or routine must find out what it is for")
def descriptions(code: Code) -> Iterator[Problem]:
    if code.declared is not None and not code.declared.description.strip():
        fix = 'add OPTIONS(description="...") before AS or BEGIN'
        yield Problem(code.declared.line, f"{code.declared.name} has no description", fix)


@code_rule("label-form", "BigQuery takes lower-case labels only")
def label_form(code: Code) -> Iterator[Problem]:
    if isinstance(code.declared, View):
        yield from bad_labels(code.declared.labels, code.declared.line)


@code_rule("argument-prefix", HIDDEN)
def argument_prefix(code: Code) -> Iterator[Problem]:
    for argument in code.routine.arguments if code.routine else ():
        if not re.fullmatch(r"p_[a-z0-9_]+", argument.name):
            yield Problem(argument.line, f"argument {argument.name}", f"name it p_{argument.name.lower()}")


@code_rule("variable-prefix", HIDDEN)
def variable_prefix(code: Code) -> Iterator[Problem]:
    for token in [*_declared_variables(code), *_loop_variables(code.nodes)]:
        if not re.fullmatch(r"v_[a-z0-9_]+", token.text):
            yield Problem(token.line, f"variable {token.text}", f"name it v_{token.text.lower()}")


@code_rule("decimal-type", "DECIMAL comes back as NUMERIC: a difference on every deployment")
def decimal_type(code: Code) -> Iterator[Problem]:
    routine = code.routine
    if routine is None:
        return
    stated = [(argument.type, argument.line) for argument in routine.arguments]
    stated += [(field.type, field.line) for field in routine.return_columns]
    stated += [(routine.return_sql_type, routine.line)] if routine.return_sql_type else []
    for data_type, line in stated:
        for written in _written(data_type):
            if written in DECIMALS:
                yield Problem(line, f"type {written}", f"write {written.replace('DECIMAL', 'NUMERIC')}")


@code_rule("unqualified-reference", "only backticked names of the logical dataset are put into the deployed dataset")
def unqualified_reference(code: Code) -> Iterator[Problem]:
    tokens = code.tokens
    for index, token in enumerate(tokens):
        if token.kind is Kind.QUOTED and not _may_be_quoted(token):
            yield Problem(token.line, f"`{token.text}` is not named in the logical dataset", _fix_of(token))
        elif token.kind is Kind.WORD and token.text == LOGICAL_DATASET and _follows(tokens, index, "."):
            yield Problem(token.line, f"{LOGICAL_DATASET} outside backticks", OWN_FORM)
        elif (fact := stated_fact(token)) is not None and fact not in FACTS:
            fix = "write one of " + ", ".join(f"'${{{name}}}'" for name in FACTS)
            yield Problem(token.line, f"{token.text} is no fact about a stack", fix)
        elif token.kind is Kind.STRING and f"`{LOGICAL_DATASET}." in token.text:
            fix = "take the statement out of the string, or build the name from parts"
            yield Problem(token.line, "a name inside a string is not put into the deployed dataset", fix)
        elif _is_bare_object(code, index):
            yield Problem(token.line, f"{token.text} names an object outside the logical dataset", OWN_FORM)


def _may_be_quoted(token: Token) -> bool:
    if referenced_name(token) is not None:
        return True
    if REGION.fullmatch(token.text) and not names_region(token):
        return False
    if "." in token.text:
        return INFORMATION_SCHEMA.fullmatch(token.text) is not None
    return token.text != LOGICAL_DATASET


def _fix_of(token: Token) -> str:
    return f"write `{LOGICAL_REGION}`: it becomes the stack's region" if REGION.match(token.text) else OWN_FORM


def _is_bare_object(code: Code, index: int) -> bool:
    """A dotted name where an object is written or called, a dotted call, or a bare name that only a file declares."""
    tokens = code.tokens
    token = code.tokens[index]
    if token.kind is not Kind.WORD or token.text == LOGICAL_DATASET or (index and tokens[index - 1].is_(".")):
        return False
    before = tokens[index - 1] if index else None
    if _follows(tokens, index, "."):
        if token.upper in NAMESPACES or index + 3 >= len(tokens):
            return False
        writes = before is not None and before.is_(*BEFORE_OBJECT)
        return writes or (tokens[index + 2].kind is Kind.WORD and tokens[index + 3].is_("("))
    if before is None or not before.is_("FROM", "JOIN", *BEFORE_OBJECT) or token.text not in code.objects:
        return False
    return not _is_local_name(tokens, token.text)


def _is_local_name(tokens: Sequence[Token], name: str) -> bool:
    """Whether the name is also that of a CTE, a temporary table or an alias."""
    upper = name.upper()
    forms = [(upper, "AS", "("), ("AS", upper), ("TABLE", upper), (",", upper)]
    return any(next(sequence(tokens, *form), None) is not None for form in forms)


def _follows(tokens: Sequence[Token], index: int, text: str) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].is_(text)


def _declared_variables(code: Code) -> Iterator[Token]:
    for statement in code.statements:
        if statement.starts("DECLARE"):
            yield from declared_names(statement.tokens)


def declared_names(tokens: Sequence[Token]) -> Iterator[Token]:
    """The variables of `DECLARE a, b TYPE DEFAULT x`."""
    for index in range(1, len(tokens), 2):
        yield tokens[index]
        if not _follows(tokens, index, ","):
            return


def _loop_variables(nodes: Sequence[Node]) -> Iterator[Token]:
    for statement_list in lists(nodes):
        for node in statement_list:
            if isinstance(node, Branches) and node.loop_variable:
                yield node.loop_variable


def _written(data_type: SqlType) -> Iterator[str]:
    yield data_type.written
    if data_type.element:
        yield from _written(data_type.element)
    for nested in data_type.fields:
        yield from _written(nested.type)


NAME_RULES: tuple[CodeRule, ...] = (
    descriptions,
    label_form,
    argument_prefix,
    variable_prefix,
    decimal_type,
    unqualified_reference,
)
