"""Looking through tokens: calls, brackets and lists. All positions are indexes into the given tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.cursor import OPENING
from catalog.tokens import Kind, Token

CLOSING = frozenset(OPENING.values())


def is_call(tokens: Sequence[Token], index: int, *names: str) -> bool:
    """Whether the call of one of these functions begins here (not a field or method of that name)."""
    after = index + 1
    return (
        tokens[index].kind is Kind.WORD
        and tokens[index].is_(*names)
        and after < len(tokens)
        and tokens[after].is_("(")
        and not (index > 0 and tokens[index - 1].is_("."))
    )


def calls(tokens: Sequence[Token], *names: str) -> Iterator[tuple[Token, Sequence[Token]]]:
    """Each call of one of these functions: its name and the tokens between its parentheses."""
    for index in range(len(tokens)):
        if is_call(tokens, index, *names):
            yield tokens[index], tokens[index + 2 : closing(tokens, index + 1)]


def closing(tokens: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes the one at `opening`; the end when there is none."""
    depth = 0
    for index in range(opening, len(tokens)):
        if tokens[index].is_(*OPENING):
            depth += 1
        elif tokens[index].is_(*CLOSING):
            depth -= 1
            if depth == 0:
                return index
    return len(tokens)


def outermost(tokens: Sequence[Token]) -> Iterator[int]:
    """The indexes of the tokens that stand outside all brackets."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.is_(*CLOSING):
            depth -= 1
        if depth == 0:
            yield index
        if token.is_(*OPENING):
            depth += 1


def split(tokens: Sequence[Token], *separators: str) -> list[Sequence[Token]]:
    """The parts between these keywords or symbols outside brackets."""
    parts = []
    begin = 0
    for index in outermost(tokens):
        if tokens[index].is_(*separators):
            parts.append(tokens[begin:index])
            begin = index + 1
    return [*parts, tokens[begin:]]


def arguments(inner: Sequence[Token]) -> list[Sequence[Token]]:
    """The arguments of a call from the tokens between its parentheses."""
    return split(inner, ",") if inner else []


def without_parentheses(tokens: Sequence[Token]) -> Sequence[Token]:
    """The same expression without parentheses that enclose all of it."""
    while tokens and tokens[0].is_("(") and closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def sequence(tokens: Sequence[Token], *texts: str) -> Iterator[int]:
    """Where these keywords and symbols follow one another."""
    for index in range(len(tokens) - len(texts) + 1):
        if all(tokens[index + n].is_(text) for n, text in enumerate(texts)):
            yield index
