"""Filter expressions of metrics and logs: enough of their grammar to refuse what cannot be parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<operator>=~|!~|!=|<=|>=|=|<|>|:)
    |(?P<paren>[()])
    |(?P<comma>,)
    |(?P<word>[^\s"()=!<>:,]+)""",
    re.VERBOSE | re.DOTALL,
)


class FilterError(Exception):
    """Why a filter cannot be parsed, with the place."""


@dataclass(frozen=True)
class Token:
    """A piece of a filter with the place where it starts."""

    kind: str
    text: str
    position: int


def parse_filter(text: str) -> None:
    """Raise FilterError unless the text is comparisons joined by AND, OR, NOT, line breaks and parentheses."""
    _Parser(text).parse()


def restricts(text: str, name: str) -> bool:
    """Whether the filter compares the field `name` with something."""
    tokens = [token for token in _tokens(text) if token.kind != "space"]
    return any(token.text == name and following.kind == "operator" for token, following in pairwise(tokens))


def _tokens(text: str) -> list[Token]:
    tokens, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise _error(text, position, text[position])
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, match[0], position))
        position = match.end()
    return tokens


def _error(text: str, position: int, token: str) -> FilterError:
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    return FilterError(f"Unparseable filter: syntax error at line {line}, column {column}, token '{token}'")


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._rest = _tokens(text)

    def parse(self) -> None:
        self._expression()
        if self._rest:
            raise self._unexpected()

    def _expression(self) -> None:
        self._term()
        while self._rest and self._rest[0].text != ")":
            if self._rest[0].text in ("AND", "OR"):
                self._rest.pop(0)
            self._term()

    def _term(self) -> None:
        while self._rest and self._rest[0].text in ("NOT", "-"):
            self._rest.pop(0)
        if self._take("("):
            self._expression()
            self._expect(")")
            return
        self._operand()
        if self._rest and self._rest[0].kind == "operator":
            self._rest.pop(0)
            self._value()

    def _value(self) -> None:
        if self._take("("):
            self._expression()
            self._expect(")")
        else:
            self._operand()

    def _operand(self) -> None:
        if not self._rest or self._rest[0].kind not in ("word", "text") or self._rest[0].text in ("AND", "OR"):
            raise self._unexpected()
        name = self._rest.pop(0)
        # A function has its parenthesis close to its name: log_id("..."), one_of("a", "b").
        if self._rest and self._rest[0].position == name.position + len(name.text) and self._take("("):
            self._arguments()

    def _arguments(self) -> None:
        while not self._take(")"):
            if not self._rest or self._rest[0].kind not in ("word", "text", "comma"):
                raise self._unexpected()
            self._rest.pop(0)

    def _take(self, text: str) -> bool:
        if self._rest and self._rest[0].kind == "paren" and self._rest[0].text == text:
            self._rest.pop(0)
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected()

    def _unexpected(self) -> FilterError:
        if self._rest:
            return _error(self._text, self._rest[0].position, self._rest[0].text)
        return _error(self._text, len(self._text), "end of filter")
