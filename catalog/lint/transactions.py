"""Rules on transactions: the one form that is right whenever and however BigQuery cancels the later of two.

https://docs.cloud.google.com/bigquery/docs/transactions says that it is cancelled, not at which statement, nor
whether a transaction is left to roll back. So: the mutex first, an error kept before the ROLLBACK, whose own error is
ignored, and tries that end in one documented error. Adding the mutex's row can lose too, and stands under the same
handler. The form as text is `FORM`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.references import referenced_name
from catalog.script import Block, Branches, Node, Statement, lists, statements

MUTEX_SUFFIX = "_mutex"
FAILURE = "transaction_failure"
SEED = "seed_mutex"
FORM = (
    "write WHILE NOT done DO IF tries = n THEN RAISE USING MESSAGE = transaction_failure(...); END IF; "
    "BEGIN CALL seed_mutex(...); BEGIN TRANSACTION; UPDATE ..._mutex ...; work; COMMIT TRANSACTION; "
    "EXCEPTION WHEN ERROR THEN SET v_error = @@error.message; BEGIN ROLLBACK TRANSACTION; "
    "EXCEPTION WHEN ERROR THEN END; END; END WHILE, as claim_job_run does"
)
# DROP has a rule of its own. https://docs.cloud.google.com/bigquery/docs/transactions#statements_supported_in_transactions
NOT_INSIDE = ("ALTER", "CALL", "CREATE", "EXECUTE", "EXPORT", "LOAD")


@code_rule("transaction-form", "the later of two transactions is cancelled at any statement, and may be gone then")
def transaction_form(code: Code) -> Iterator[Problem]:
    if not code.is_procedure:
        return
    sound: set[int] = set()
    for loop in (node for nodes in lists(code.nodes) for node in nodes if isinstance(node, Branches) and node.is_loop):
        for block in _transactions(loop):
            sound |= {id(statement) for statement in (*_controls([block]), *_seeds(block.body[:1]))}
            yield from _block_problems(block)
            if not _is_bounded(loop):
                yield Problem(block.line, f"tries of a transaction that end in no {FAILURE}", FORM)
    for statement in _controls(code.nodes):
        if id(statement) not in sound:
            verb = statement.tokens[0].upper
            yield Problem(statement.line, f"{verb} TRANSACTION outside of the form of a transaction", FORM)
            return
    for statement in _seeds(code.nodes):
        if id(statement) not in sound:
            yield Problem(
                statement.line, f"{SEED} outside of the block of a transaction, whose handler tries again", FORM
            )


@code_rule("transaction-statements", "a transaction takes queries, DML and temporary tables only")
def transaction_statements(code: Code) -> Iterator[Problem]:
    for nodes in lists(code.nodes):
        is_open = False
        for node in nodes:
            is_open = (is_open or _is_begin(node)) and not _is_statement(node, "COMMIT")
            for statement in statements([node]) if is_open else ():
                if statement.starts_with_any(*NOT_INSIDE) and not _is_temporary(statement):
                    text = f"{statement.tokens[0].upper} inside a transaction"
                    yield Problem(statement.line, text, "do it before BEGIN TRANSACTION")


def _transactions(loop: Branches) -> Iterator[Block]:
    """The blocks of the loop, outside of inner loops, that begin with BEGIN TRANSACTION, or with its mutex's row."""
    pending = [node for body in loop.bodies for node in body]
    while pending:
        node = pending.pop(0)
        if isinstance(node, Block) and any(map(_is_begin, _work(node)[:1])):
            yield node
        elif isinstance(node, Block):
            pending += [*node.body, *node.handler]
        elif isinstance(node, Branches) and not node.is_loop:
            pending += [inner for body in node.bodies for inner in body]


def _block_problems(block: Block) -> Iterator[Problem]:
    work = _work(block)
    if not _updates_mutex(work[1:2]):
        message = f"the first statement of a transaction is no UPDATE of a table that ends in {MUTEX_SUFFIX}"
        yield Problem(work[0].line, message, FORM)
    end = next((n for n, node in enumerate(work) if _is_statement(node, "COMMIT")), None)
    if end is None or not all(_is_statement(node, "SET") for node in work[end + 1 :]):
        yield Problem(block.line, "a transaction that does not end its block with COMMIT", FORM)
    if not _is_handler(block.handler):
        yield Problem(block.exception_line or block.line, "a transaction without the handler that it needs", FORM)


def _work(block: Block) -> Sequence[Node]:
    """The block without the call that adds its mutex's row."""
    return block.body[1:] if list(_seeds(block.body[:1])) else block.body


def _seeds(nodes: Sequence[Node]) -> Iterator[Statement]:
    """Calls of the procedure that adds a mutex's row, among and below these nodes."""
    return (
        statement
        for statement in statements(nodes)
        if statement.starts("CALL") and referenced_name(statement.tokens[1]) == SEED
    )


def _is_handler(nodes: Sequence[Node]) -> bool:
    """`SET v = @@error.message; BEGIN ROLLBACK TRANSACTION; EXCEPTION WHEN ERROR THEN END;` and no more ROLLBACK."""
    if len(nodes) < 2 or not isinstance(nodes[1], Block):
        return False
    kept, rollback = nodes[0], nodes[1]
    keeps = _is_statement(kept, "SET") and "message" in [token.text.lower() for token in kept.tokens[2:]]
    alone = len(rollback.body) == 1 and _is_statement(rollback.body[0], "ROLLBACK")
    ignored = bool(rollback.exception_line) and not rollback.handler
    return keeps and alone and ignored and not list(_controls(nodes[2:]))


def _is_bounded(loop: Branches) -> bool:
    return any(
        statement.starts("RAISE") and any(referenced_name(token) == FAILURE for token in statement.tokens)
        for body in loop.bodies
        for statement in statements(body)
    )


def _controls(nodes: Sequence[Node]) -> Iterator[Statement]:
    """BEGIN, COMMIT and ROLLBACK TRANSACTION among and below these nodes."""
    return (statement for statement in statements(nodes) if statement.starts_with_any("BEGIN", "COMMIT", "ROLLBACK"))


def _updates_mutex(nodes: Sequence[Node]) -> bool:
    if not nodes or not _is_statement(nodes[0], "UPDATE"):
        return False
    target = referenced_name(nodes[0].tokens[1])
    return target is not None and target.endswith(MUTEX_SUFFIX)


def _is_temporary(statement: Statement) -> bool:
    return any(token.is_("TEMP", "TEMPORARY") for token in statement.tokens[:4])


def _is_statement(node: Node, *texts: str) -> TypeGuard[Statement]:
    return isinstance(node, Statement) and node.starts(*texts)


def _is_begin(node: Node) -> bool:
    return _is_statement(node, "BEGIN")


TRANSACTION_RULES: tuple[CodeRule, ...] = (transaction_form, transaction_statements)
