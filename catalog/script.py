"""The structure of a procedural script: blocks, branches, loops and the plain statements in them.

Only as much as rules need: conditions and plain statements stay token lists. Whether a statement is correct
SQL is the analyzer's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from catalog.cursor import Cursor
from catalog.tokens import Token


@dataclass(frozen=True, slots=True)
class Statement:
    """A plain statement without its semicolon, or the condition or query of a branch or loop."""

    tokens: Sequence[Token]

    @property
    def line(self) -> int:
        return self.tokens[0].line

    def starts(self, *texts: str) -> bool:
        """Whether the statement begins with these keywords."""
        return len(self.tokens) >= len(texts) and all(
            token.is_(text) for token, text in zip(self.tokens, texts, strict=False)
        )

    def starts_with_any(self, *texts: str) -> bool:
        """Whether the statement's first token is one of these keywords or symbols."""
        return self.tokens[0].is_(*texts)


@dataclass(frozen=True, slots=True)
class Block:
    """`BEGIN ... [EXCEPTION WHEN ERROR THEN ...] END`, from `line` on; `exception_line` is 0 without handler."""

    line: int
    body: Sequence[Node]
    handler: Sequence[Node] = ()
    exception_line: int = 0


@dataclass(frozen=True, slots=True)
class Branches:
    """IF, CASE and the loops: their conditions in order, and the statement lists that may run."""

    line: int
    conditions: Sequence[Statement] = ()
    bodies: Sequence[Sequence[Node]] = ()
    loop_variable: Token | None = None
    is_loop: bool = False


Node: TypeAlias = Statement | Block | Branches


def procedure_body(cursor: Cursor) -> Sequence[Token]:
    """Step over `BEGIN ... END`, which must come next; its tokens."""
    begin = cursor.position
    if not cursor.sees("BEGIN"):
        raise cursor.error("the procedure's body does not start with BEGIN", fix="write BEGIN ... END")
    _Parser(cursor).block()
    return cursor.tokens[begin : cursor.position]


def parse_block(cursor: Cursor) -> Block:
    """The structure of `BEGIN ... END`, which must come next."""
    return _Parser(cursor).block()


def statements(nodes: Sequence[Node]) -> Iterator[Statement]:
    """All plain statements, conditions and loop queries below these nodes, in the order written."""
    for node in nodes:
        if isinstance(node, Statement):
            yield node
        elif isinstance(node, Block):
            yield from statements(node.body)
            yield from statements(node.handler)
        else:
            yield from node.conditions
            for body in node.bodies:
                yield from statements(body)


def blocks(nodes: Sequence[Node]) -> Iterator[Block]:
    """All blocks among and below these nodes, outer ones first."""
    for node in nodes:
        if isinstance(node, Block):
            yield node
            yield from blocks(node.body)
            yield from blocks(node.handler)
        elif isinstance(node, Branches):
            for body in node.bodies:
                yield from blocks(body)


def lists(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """These nodes and every statement list below them."""
    yield nodes
    for node in nodes:
        if isinstance(node, Block):
            yield from lists(node.body)
            yield from lists(node.handler)
        elif isinstance(node, Branches):
            for body in node.bodies:
                yield from lists(body)


@dataclass(slots=True)
class _Parser:
    cursor: Cursor
    forms: dict[str, Callable[[], Node]] = field(init=False)

    def __post_init__(self) -> None:
        self.forms = {
            "IF": self._if,
            "CASE": self._case,
            "LOOP": lambda: self._loop("LOOP"),
            "WHILE": self._while,
            "REPEAT": self._repeat,
            "FOR": self._for,
        }

    def block(self) -> Block:
        line = self.cursor.line
        self.cursor.expect("BEGIN")
        body = self._list("END", "EXCEPTION")
        handler: Sequence[Node] = ()
        exception_line = self.cursor.line if self.cursor.sees("EXCEPTION") else 0
        if self.cursor.accept("EXCEPTION"):
            self.cursor.expect("WHEN", "ERROR", "THEN")
            handler = self._list("END")
        self.cursor.expect("END", fix=f"close the BEGIN of line {line} with END")
        return Block(line, body, handler, exception_line)

    def _list(self, *ends: str) -> Sequence[Node]:
        nodes: list[Node] = []
        while not any(self.cursor.sees(end) for end in ends):
            if self.cursor.at_end:
                raise self.cursor.error("the script ends inside a block", fix=f"close it with {ends[0]}")
            nodes.append(self._node())
            if not self.cursor.accept(";"):
                raise self.cursor.error("a statement ends without a semicolon", fix="write ; after it")
        return nodes

    def _node(self) -> Node:
        self._label()
        token = self.cursor.peek()
        if token is not None and token.is_("BEGIN") and not self._is_transaction():
            block = self.block()
            self._closing_label()
            return block
        if token is not None and token.is_(*self.forms):
            node = self.forms[token.upper]()
            self._closing_label()
            return node
        return self._statement(";")

    def _label(self) -> None:
        name, colon = self.cursor.peek(), self.cursor.peek(1)
        if name and name.is_name and colon and colon.is_(":"):
            self.cursor.position += 2

    def _closing_label(self) -> None:
        token = self.cursor.peek()
        if token is not None and token.is_name:
            self.cursor.position += 1

    def _is_transaction(self) -> bool:
        return self.cursor.sees("BEGIN", "TRANSACTION") or self.cursor.sees("BEGIN", ";")

    def _statement(self, *stops: str) -> Statement:
        tokens = self.cursor.until(*stops)
        if not tokens:
            raise self.cursor.error("an empty statement", fix="take the spare semicolon or keyword out")
        self._refuse_foreign_end(tokens)
        return Statement(tokens)

    def _refuse_foreign_end(self, tokens: Sequence[Token]) -> None:
        """END closes a CASE of the statement or a block around it; then a semicolon is missing before it."""
        cases = 0
        for before, token in pairwise(tokens):
            cases += token.is_("CASE") - token.is_("END")
            if cases + tokens[0].is_("CASE") < 0:
                message = f"a statement ends without a semicolon before the END of line {token.line}"
                raise self.cursor.error(message, fix="write ; after it", line=before.line)

    def _condition(self, stop: str) -> Statement:
        """The tokens up to `stop`, passing over CASE ... END expressions, which hold THEN themselves."""
        begin = self.cursor.position
        while not self.cursor.sees(stop):
            self.cursor.until(stop, "CASE", ";")
            if self.cursor.sees("CASE"):
                self._case_expression()
            elif not self.cursor.sees(stop):
                raise self.cursor.error(f"expected {stop}", fix=f"write {stop} after the condition")
        return Statement(self.cursor.tokens[begin : self.cursor.position])

    def _case_expression(self) -> None:
        self.cursor.expect("CASE")
        while not self.cursor.accept("END"):
            self.cursor.until("CASE", "END", ";")
            if self.cursor.sees("CASE"):
                self._case_expression()
            elif not self.cursor.sees("END"):
                raise self.cursor.error("CASE without END", fix="close the CASE with END")

    def _if(self) -> Branches:
        line = self.cursor.line
        self.cursor.expect("IF")
        conditions, bodies = [self._condition("THEN")], []
        self.cursor.expect("THEN")
        bodies.append(self._list("END", "ELSEIF", "ELSE"))
        while self.cursor.accept("ELSEIF"):
            conditions.append(self._condition("THEN"))
            self.cursor.expect("THEN")
            bodies.append(self._list("END", "ELSEIF", "ELSE"))
        if self.cursor.accept("ELSE"):
            bodies.append(self._list("END"))
        self.cursor.expect("END", "IF", fix=f"close the IF of line {line} with END IF")
        return Branches(line, conditions, bodies)

    def _case(self) -> Branches:
        line = self.cursor.line
        self.cursor.expect("CASE")
        conditions = [] if self.cursor.sees("WHEN") else [self._condition("WHEN")]
        bodies = []
        while self.cursor.accept("WHEN"):
            conditions.append(self._condition("THEN"))
            self.cursor.expect("THEN")
            bodies.append(self._list("END", "WHEN", "ELSE"))
        if self.cursor.accept("ELSE"):
            bodies.append(self._list("END"))
        self.cursor.expect("END", "CASE", fix=f"close the CASE of line {line} with END CASE")
        return Branches(line, conditions, bodies)

    def _loop(self, word: str) -> Branches:
        line = self.cursor.line
        self.cursor.expect(word)
        body = self._list("END")
        self.cursor.expect("END", word)
        return Branches(line, (), [body], is_loop=True)

    def _while(self) -> Branches:
        line = self.cursor.line
        self.cursor.expect("WHILE")
        condition = self._condition("DO")
        self.cursor.expect("DO")
        body = self._list("END")
        self.cursor.expect("END", "WHILE")
        return Branches(line, [condition], [body], is_loop=True)

    def _repeat(self) -> Branches:
        line = self.cursor.line
        self.cursor.expect("REPEAT")
        body = self._list("UNTIL")
        self.cursor.expect("UNTIL")
        condition = self._condition("END")
        self.cursor.expect("END", "REPEAT")
        return Branches(line, [condition], [body], is_loop=True)

    def _for(self) -> Branches:
        line = self.cursor.line
        self.cursor.expect("FOR")
        variable = self.cursor.name("a loop variable")
        self.cursor.expect("IN")
        query = self._condition("DO")
        self.cursor.expect("DO")
        body = self._list("END")
        self.cursor.expect("END", "FOR")
        return Branches(line, [query], [body], variable, is_loop=True)
