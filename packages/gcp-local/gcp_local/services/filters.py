"""Filter expressions of Logging and Monitoring: from text to a tree. What a field is and how it compares, others say.

One grammar for both (google.aip.dev/160; docs.cloud.google.com/logging/docs/view/logging-query-language;
docs.cloud.google.com/monitoring/api/v3/filters): comparisons joined by AND, OR, NOT, line breaks and parentheses. OR
binds closer than AND, and two expressions side by side mean AND.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from gcp_local.services.errors import invalid

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<name>[A-Za-z_][\w-]*(?:\.(?:"(?:[^"\\]|\\.)*"|[\w@/-]+))*\."(?:[^"\\]|\\.)*"(?:\.[\w@/-]+)*)
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


@dataclass(frozen=True)
class Text:
    """A value; `quoted` when it stood in quotation marks."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Function:
    """A call: log_id("a/b"), one_of("a", "b")."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A field, an operator and what it is compared with; a group of values is joined by AND and OR."""

    field: str
    operator: str
    value: Value


@dataclass(frozen=True)
class Joined:
    """Expressions joined by `word`: AND or OR."""

    word: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    """The opposite of an expression."""

    inner: Expression


# A lone text or function is an expression too: a word anywhere in a log entry, log_id("...").
Expression: TypeAlias = Comparison | Joined | Not | Text | Function
Value: TypeAlias = Expression
Test: TypeAlias = Callable[[Comparison | Text | Function], bool]


def parse_filter(text: str) -> Expression:
    """The tree of a filter. Raises FilterError with the place."""
    return _Parser(text).parse()


def holds(expression: Expression, test: Test) -> bool:
    """Whether an expression holds when `test` judges its comparisons."""
    if isinstance(expression, Joined):
        answers = (holds(part, test) for part in expression.parts)
        return all(answers) if expression.word == "AND" else any(answers)
    if isinstance(expression, Not):
        return not holds(expression.inner, test)
    return test(expression)


def leaves(expression: Expression) -> Iterator[Comparison | Text | Function]:
    """The comparisons, texts and functions of an expression."""
    if isinstance(expression, Joined):
        for part in expression.parts:
            yield from leaves(part)
    elif isinstance(expression, Not):
        yield from leaves(expression.inner)
    else:
        yield expression


def restricts(expression: Expression, name: str) -> bool:
    """Whether the filter compares the field `name` with something."""
    return any(isinstance(leaf, Comparison) and leaf.field == name for leaf in leaves(expression))


def steps(field: str) -> list[str]:
    """The parts of a dotted field; a part in quotation marks may hold dots: labels."a.b/c"."""
    return [_unquoted(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"|[^."]+', field)]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _value_of(token: Token) -> Text:
    if token.kind != "text":
        return Text(token.text)
    # Only these two are escaped here: in a regular expression every other backslash is its own.
    return Text(re.sub(r'\\(["\\])', r"\1", token.text[1:-1]), quoted=True)


def _tokens(text: str) -> list[Token]:
    tokens, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise _error(text, position, text[position])
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token("word" if kind == "name" else kind, match[0], position))
        position = match.end()
    return tokens


def asked_filter(text: str) -> Expression:
    """The tree of a request's parameter `filter`. Raises ApiError: 400 with the place."""
    try:
        return parse_filter(text)
    except FilterError as error:
        raise invalid(str(error), field="filter") from None


def _error(text: str, position: int, token: str) -> FilterError:
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    return FilterError(f"Unparseable filter: syntax error at line {line}, column {column}, token '{token}'")


def _joined(word: str, parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._rest = _tokens(text)

    def parse(self) -> Expression:
        found = self._expression()
        if self._rest:
            raise self._unexpected()
        return found

    def _expression(self) -> Expression:
        """Alternatives joined by AND, or by standing side by side."""
        parts = [self._alternatives()]
        while self._rest and self._rest[0].text != ")":
            self._word("AND")
            parts.append(self._alternatives())
        return _joined("AND", parts)

    def _alternatives(self) -> Expression:
        parts = [self._term()]
        while self._word("OR"):
            parts.append(self._term())
        return _joined("OR", parts)

    def _term(self) -> Expression:
        if self._word("NOT") or self._word("-"):
            return Not(self._term())
        if self._rest and self._rest[0].kind == "word" and self._rest[0].text.startswith("-"):
            token = self._rest[0]
            self._rest[0] = Token(token.kind, token.text[1:], token.position + 1)
            return Not(self._term())
        if self._take("("):
            found = self._expression()
            self._expect(")")
            return found
        return self._comparison()

    def _comparison(self) -> Expression:
        first = self._rest[0].text if self._rest else ""
        operand = self._operand()
        if not self._rest or self._rest[0].kind != "operator" or isinstance(operand, Function):
            return operand
        operator = self._rest.pop(0).text
        return Comparison(first, operator, self._value())

    def _value(self) -> Value:
        if self._take("("):
            found = self._expression()
            self._expect(")")
            return found
        return self._operand()

    def _operand(self) -> Text | Function:
        if not self._rest or self._rest[0].kind not in ("word", "text") or self._rest[0].text in ("AND", "OR"):
            raise self._unexpected()
        name = self._rest.pop(0)
        # A function has its parenthesis close to its name.
        if self._rest and self._rest[0].position == name.position + len(name.text) and self._take("("):
            return Function(name.text, self._arguments())
        return _value_of(name)

    def _arguments(self) -> tuple[str, ...]:
        found = []
        while not self._take(")"):
            if not self._rest or self._rest[0].kind not in ("word", "text", "comma"):
                raise self._unexpected()
            token = self._rest.pop(0)
            if token.kind != "comma":
                found.append(_value_of(token).text)
        return tuple(found)

    def _word(self, text: str) -> bool:
        if self._rest and self._rest[0].kind == "word" and self._rest[0].text == text:
            self._rest.pop(0)
            return True
        return False

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
