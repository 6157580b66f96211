"""Rules on the structure of procedures: declarations, handlers and transactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.lint.names import declared_names
from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.script import Block, Branches, Node, Statement, blocks, lists, statements

TRANSACTION_FIX = "RAISE with the full text inside the transaction; @@error.message survives the ROLLBACK"


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


@code_rule("set-in-transaction", "a ROLLBACK takes the SET back on the emulator but not on BigQuery")
def set_in_transaction(code: Code) -> Iterator[Problem]:
    for block in blocks(code.nodes):
        begin = next((n for n, node in enumerate(block.body) if _is_begin(node)), None)
        if begin is None:
            continue
        end = _end_of_transaction(block.body, begin)
        inside, after = block.body[begin:end], block.body[end:]
        changed = _set_in(inside)
        later = [*statements(after), *statements(block.handler), *_after_rollback(inside)]
        outer = _after(code.nodes, block)
        yield from _reads([*later, *outer], changed)


def _is_begin(node: Node) -> bool:
    return isinstance(node, Statement) and node.starts("BEGIN")


def _end_of_transaction(body: Sequence[Node], begin: int) -> int:
    """The index behind the COMMIT or ROLLBACK of this list that ends the transaction, or the end of the list."""
    for index in range(begin, len(body)):
        node = body[index]
        if isinstance(node, Statement) and node.starts_with_any("COMMIT", "ROLLBACK"):
            return index + 1
    return len(body)


def _set_in(nodes: Sequence[Node]) -> set[str]:
    return {
        statement.tokens[1].text.lower()
        for statement in statements(nodes)
        if statement.starts("SET") and statement.tokens[1].is_name
    }


def _after_rollback(nodes: Sequence[Node]) -> Iterator[Statement]:
    """What still runs in a branch that has rolled back."""
    for statement_list in lists(nodes):
        for index, node in enumerate(statement_list):
            if isinstance(node, Statement) and node.starts("ROLLBACK"):
                yield from statements(statement_list[index + 1 :])


def _after(nodes: Sequence[Node], block: Block) -> Iterator[Statement]:
    """What comes after `block` in the lists around it."""
    for index, node in enumerate(nodes):
        if node is block:
            yield from statements(nodes[index + 1 :])
            return
        for inner in _lists_in(node):
            if any(other is block for other in blocks(inner)):
                yield from _after(inner, block)
                yield from statements(nodes[index + 1 :])
                return


def _lists_in(node: Node) -> Sequence[Sequence[Node]]:
    if isinstance(node, Block):
        return (node.body, node.handler)
    return node.bodies if isinstance(node, Branches) else ()


def _reads(later: Sequence[Statement], changed: set[str]) -> Iterator[Problem]:
    """The first reading of each changed variable, unless it is set anew before."""
    open_names = set(changed)
    for statement in later:
        sets = statement.starts("SET") and len(statement.tokens) > 2
        for token in statement.tokens[2:] if sets else statement.tokens:
            if token.is_name and token.text.lower() in open_names:
                open_names.discard(token.text.lower())
                message = f"{token.text}, set inside the transaction, is read after it"
                yield Problem(token.line, message, TRANSACTION_FIX)
        if sets:
            open_names.discard(statement.tokens[1].text.lower())


SCRIPT_RULES: tuple[CodeRule, ...] = (
    declare_first,
    declare_type,
    single_set,
    handler_variable,
    exception_outermost,
    set_in_transaction,
)
