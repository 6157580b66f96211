"""Reading tokens from left to right: the base of the hand-written parsers for headers and DDL."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.errors import CatalogError, finding
from catalog.tokens import Kind, SqlText, Token

OPENING = {"(": ")", "[": "]", "{": "}"}


class Cursor:
    """A position in the tokens of one file, or in a part of them. What does not fit raises CatalogError."""

    def __init__(self, source: SqlText, tokens: Sequence[Token] | None = None) -> None:
        self.source = source
        self.tokens = source.tokens if tokens is None else tokens
        self.position = 0

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.tokens)

    @property
    def line(self) -> int:
        """The line of the next token; at the end, of the last one."""
        if not self.tokens:
            return 1
        return self.tokens[min(self.position, len(self.tokens) - 1)].line

    def peek(self, ahead: int = 0) -> Token | None:
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def sees(self, *texts: str) -> bool:
        """Whether the next tokens are these keywords or symbols, one after the other."""
        return all((token := self.peek(n)) is not None and token.is_(text) for n, text in enumerate(texts))

    def take(self) -> Token:
        token = self.peek()
        if token is None:
            raise self.error("the file ends too early", fix="complete the statement")
        self.position += 1
        return token

    def accept(self, *texts: str) -> bool:
        """Step over these tokens if they come next."""
        if not self.sees(*texts):
            return False
        self.position += len(texts)
        return True

    def expect(self, *texts: str, fix: str = "") -> Token:
        """Step over these tokens, which must come next; the last of them."""
        if not self.sees(*texts):
            wanted = " ".join(texts)
            raise self.error(f"expected {wanted}, found {self._found()}", fix=fix or f"write {wanted} here")
        self.position += len(texts)
        return self.tokens[self.position - 1]

    def name(self, what: str) -> Token:
        """An identifier, quoted or not."""
        token = self.peek()
        if token is None or not token.is_name:
            raise self.error(f"expected {what}, found {self._found()}", fix=f"write {what} here")
        self.position += 1
        return token

    def until(self, *stops: str) -> Sequence[Token]:
        """The tokens before the next of these keywords or symbols outside brackets, or to the end."""
        begin = self.position
        while (token := self.peek()) is not None and not token.is_(*stops):
            if token.is_(*OPENING):
                self.bracketed()
            else:
                self.position += 1
        return self.tokens[begin : self.position]

    def bracketed(self) -> Sequence[Token]:
        """Step over a bracket and all within it; the tokens within. The next token must be the bracket."""
        opening = self.take()
        begin = self.position
        closing = [OPENING[opening.text]]
        while closing:
            token = self.peek()
            if token is None:
                message = f"{opening.text!r} is never closed"
                raise finding(self.source.path, opening.line, message, fix=f"add {closing[0]!r}")
            if token.is_(*OPENING):
                closing.append(OPENING[token.text])
            elif token.is_(*OPENING.values()) and token.text != closing.pop():
                raise self.error(f"{token.text!r} closes a bracket of another kind", fix="balance the brackets")
            self.position += 1
        return self.tokens[begin : self.position - 1]

    def text_of(self, tokens: Sequence[Token]) -> str:
        """The source text from the first to the last of these tokens, as written."""
        return self.source.text[tokens[0].start : tokens[-1].end] if tokens else ""

    def error(self, message: str, *, fix: str, line: int | None = None, rule: str = "syntax") -> CatalogError:
        return finding(self.source.path, self.line if line is None else line, message, fix=fix, rule=rule)

    def _found(self) -> str:
        token = self.peek()
        if token is None:
            return "the end of the file"
        return f"`{token.text}`" if token.kind is Kind.QUOTED else token.text
