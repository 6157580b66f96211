"""GoogleSQL text to tokens and comments with exact offsets and lines.

Where a token begins and ends says `catalog.tokenizer`, what it means `catalog.cursor` and its users.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from catalog.errors import finding

NOTE = re.compile(r"(?:(?<=\n)[ \t]*--:[^\n]*\n)+")


class Kind(StrEnum):
    """What a token is; keywords are words."""

    WORD = "word"
    QUOTED = "quoted identifier"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"


class Token(NamedTuple):
    """A token at `[start, end)` of its text, beginning on `line` (from 1).

    `text` is as written, for a quoted identifier without its backticks. A tuple, since there are a hundred thousand.
    """

    kind: Kind
    text: str
    start: int
    end: int
    line: int

    @property
    def upper(self) -> str:
        """Upper case for words, so that keywords compare; the text itself for everything else."""
        return self.text.upper() if self.kind is Kind.WORD else self.text

    def is_(self, *texts: str) -> bool:
        """Whether this is one of these upper-case keywords or symbols."""
        return self.kind in (Kind.WORD, Kind.SYMBOL) and self.upper in texts

    @property
    def is_name(self) -> bool:
        return self.kind in (Kind.WORD, Kind.QUOTED)

    def string_value(self) -> str:
        """The value of a string literal: its quotes, prefix and escapes taken off."""
        # GoogleSQL's literals are Python's, plus \? and \` which stand for themselves.
        literal = self.text if self.text[0] in "rR" else re.sub(r"(\\.)", _plain_escape, self.text, flags=re.S)
        return str(ast.literal_eval(literal))


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment without its marks, beginning on `line`."""

    text: str
    line: int

    @property
    def is_note(self) -> bool:
        """Whether it is written as a note: `--: text`."""
        return self.text.startswith(":")


@dataclass(frozen=True, slots=True)
class Note:
    """Lines of their own that begin with `--:` and say what follows them means.

    They are `height` lines from `line` on, and take `[start, end)` of the text, indentation and last line end included.
    """

    text: str
    line: int
    height: int
    start: int
    end: int


@dataclass(frozen=True)
class SqlText:
    """One SQL file: `path` relative to the project, its text and its tokens. Raises CatalogError on creation."""

    path: Path
    text: str

    def __post_init__(self) -> None:
        _ = self.tokens

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        from catalog.tokenizer import pieces  # the SQL parser comes with it: see catalog.loading

        try:
            tokens = tuple(self._token(*piece) for piece in pieces(self.text))
        except ValueError:
            line = self.line_at(_unclosed(self.text))
            raise finding(self.path, line, "a string, name or comment is never closed", fix="close it") from None
        for token in tokens:
            if token.kind is Kind.STRING:
                self._refuse_newline_in_string(token)
                self._refuse_unreadable(token)
        return tokens

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """All comments in order; they stand in the gaps between tokens."""
        return tuple(comment for gap in self._gaps() for comment in self._comments_in(*gap))

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """All notes in order; lines that follow each other are one."""
        if "--:" not in self.text:
            return ()
        return tuple(self._note(match) for gap in self._gaps() for match in NOTE.finditer(self.text, *gap))

    def line_at(self, offset: int) -> int:
        """The line, from 1, of a character offset."""
        return bisect_right(self._line_starts, offset)

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """Where no token is."""
        starts = [0, *(token.end for token in self.tokens)]
        ends = [*(token.start for token in self.tokens), len(self.text)]
        return zip(starts, ends, strict=True)

    def _note(self, match: re.Match[str]) -> Note:
        lines = [line.strip().removeprefix("--:").strip() for line in match[0].splitlines()]
        return Note(" ".join(lines), self.line_at(match.start()), len(lines), match.start(), match.end())

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def _token(self, kind: Kind, start: int, end: int) -> Token:
        text = self.text[start:end]
        return Token(kind, text[1:-1] if kind is Kind.QUOTED else text, start, end, self.line_at(start))

    def _refuse_newline_in_string(self, token: Token) -> None:
        if "\n" in token.text and not re.match(r"[rRbB]{0,2}(\"\"\"|''')", token.text):
            message = "a string in single quote marks runs over the end of its line"
            raise finding(self.path, token.line, message, fix="close it, or use three quote marks")

    def _refuse_unreadable(self, token: Token) -> None:
        """An escape that is none, and half of a surrogate pair: Google's JSON carries no such text."""
        if "\\" not in token.text:
            return
        try:
            token.string_value().encode("utf-8")
        except (SyntaxError, ValueError) as error:
            reason = str(error).split(" (<unknown>")[0].rsplit(": ", 1)[-1]
            message = f"a string that cannot be read: {reason}"
            raise finding(self.path, token.line, message, fix="write \\\\ for a backslash, or a valid escape") from None

    def _comments_in(self, start: int, end: int) -> Iterator[Comment]:
        for match in re.finditer(r"/\*(.*?)\*/|(?:--|#)([^\n]*)", self.text[start:end], flags=re.S):
            body = match[1] if match[1] is not None else match[2]
            yield Comment(body.strip(), self.line_at(start + match.start()))


def _plain_escape(match: re.Match[str]) -> str:
    return match[0][1] if match[0][1] in "?`" else match[0]


_CLOSED = re.compile(
    r"""--[^\n]*|\#[^\n]*|/\*.*?\*/|`[^`]*`"""
    r"""|\"\"\"(?:\\.|(?!\"\"\").)*\"\"\"|'''(?:\\.|(?!''').)*'''"""
    r"""|"(?!\"\")(?:\\.|[^"\\])*"|'(?!'')(?:\\.|[^'\\])*'""",
    flags=re.S,
)


def _unclosed(text: str) -> int:
    """The offset of the first quote mark or comment without its end."""
    blanked = _CLOSED.sub(lambda match: " " * len(match[0]), text)
    opening = re.search(r"/\*|[`'\"]", blanked)
    return opening.start() if opening else 0
