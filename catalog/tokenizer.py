"""sqlglot's BigQuery tokenizer, stripped of keyword merging and of the commands whose rest it would swallow (BEGIN,
CALL, LOOP): scripts must come through token by token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from sqlglot.dialects.bigquery import BigQuery
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from catalog.tokens import Kind

SYMBOLS = ("||", ">=", "<=", "<>", "!=", "=>", "|>", "->")
STRING_TYPES = {TokenType.STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING}
NUMBER_TYPES = {TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING}


class _ScriptTokenizer(BigQuery.Tokenizer):
    """BigQuery's strings, comments and identifiers; every word a plain word."""

    KEYWORDS: ClassVar = {symbol: BigQuery.Tokenizer.KEYWORDS.get(symbol, TokenType.ARROW) for symbol in SYMBOLS}
    COMMANDS: ClassVar = set()


def pieces(text: str) -> Iterator[tuple[Kind, int, int]]:
    """The kind of each token and where it begins and ends. ValueError when something is never closed."""
    try:
        found = _ScriptTokenizer(dialect=BigQuery()).tokenize(text)
    except TokenError as error:
        raise ValueError("not closed") from error
    for token in found:
        yield _kind(token.token_type, text[token.start]), token.start, token.end + 1


def _kind(token_type: TokenType, first: str) -> Kind:
    if token_type in STRING_TYPES:
        return Kind.STRING
    if token_type in NUMBER_TYPES:
        return Kind.NUMBER
    if token_type is TokenType.IDENTIFIER:
        return Kind.QUOTED
    return Kind.WORD if first.isalpha() or first == "_" else Kind.SYMBOL
