"""Rules on the structure of procedures: declarations and handlers. Transactions have rules of their own."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.lint.names import declared_names
from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.script import Statement, blocks, lists, statements


@code_rule("declare-first", "BigQuery takes DECLARE at the start of a block only")
def declare_first(code: Code) -> Iterator[Problem]:
    starts = {id(block.body) for block in blocks(code.nodes)}
    for statement_list in lists(code.nodes) if code.is_procedure else ():
        at_start = id(statement_list) in starts
        for node in statement_list:
            is_declare = isinstance(node, Statement) and node.starts("DECLARE")
            if is_declare and not at_start and isinstance(node, Statement):
                fix = "move it to the start of its BEGIN block, or open a block here"
                yield Problem(node.line, "DECLARE after another statement", fix)
            at_start = at_start and is_declare


@code_rule("declare-type", "the emulator needs the type, and the reader too")
def declare_type(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        if statement.starts("DECLARE"):
            names = list(declared_names(statement.tokens))
            rest = statement.tokens[2 * len(names) :]
            if not rest or rest[0].is_("DEFAULT"):
                yield Problem(statement.line, f"DECLARE {names[0].text} without a type", "write DECLARE name TYPE")


@code_rule("single-set", "one SET sets one variable: the emulator takes no lists")
def single_set(code: Code) -> Iterator[Problem]:
    for statement in code.statements:
        if statement.starts("SET", "(") and not statement.starts("SET", "(", "@"):
            yield Problem(statement.line, "SET of several variables", "write one SET for each variable")


@code_rule("handler-variable", "a variable of a block cannot be seen in that block's EXCEPTION handler")
def handler_variable(code: Code) -> Iterator[Problem]:
    for block in blocks(code.nodes):
        declared = {
            name.text.lower()
            for node in block.body
            if isinstance(node, Statement) and node.starts("DECLARE")
            for name in declared_names(node.tokens)
        }
        for statement in statements(block.handler):
            for token in statement.tokens:
                if token.text.lower() in declared and token.is_name:
                    fix = "declare it in the block around this one"
                    yield Problem(token.line, f"{token.text} in the handler of its own block", fix)


@code_rule("exception-outermost", "the emulator refuses EXCEPTION in a procedure's outermost BEGIN")
def exception_outermost(code: Code) -> Iterator[Problem]:
    if code.block and code.block.exception_line:
        fix = "put BEGIN ... EXCEPTION ... END inside the procedure's BEGIN ... END"
        yield Problem(code.block.exception_line, "EXCEPTION in the outermost block", fix)


SCRIPT_RULES: tuple[CodeRule, ...] = (
    declare_first,
    declare_type,
    single_set,
    handler_variable,
    exception_outermost,
)
