"""The rule on NAME beside NAME_at: it is NAME_at at the present moment, and nothing else.

They stay files that are written out: people read them, and their docs, where they look for NAME. What a generator would
give is held here instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.lint.rule import Code, CodeRule, Problem, code_rule
from catalog.model import Argument, DeclaredObject, Routine, View
from catalog.references import LOGICAL_DATASET
from catalog.tokens import Kind, SqlText, Token

SUFFIX = "_at"
NOW = "p_now"
PRESENT = "CURRENT_TIMESTAMP()"
# Stands for a literal that the wrapper chooses where NAME_at takes more than NAME.
LITERAL = "ANY_LITERAL"
LITERALS = (Kind.STRING, Kind.NUMBER)


@code_rule("wrapper-form", "only NAME_at is tested at chosen moments, so NAME may add nothing to it")
def wrapper_form(code: Code) -> Iterator[Problem]:
    own = code.declared
    timed = code.objects.get(f"{own.name}{SUFFIX}") if own else None
    if own is None or not isinstance(timed, Routine) or NOW not in {one.name for one in timed.arguments}:
        return
    if difference := _other_interface(own, timed):
        yield Problem(own.line, f"{own.name} {difference}", f"declare it as {timed.path} does, without {NOW}")
        return
    wanted = _body(own, timed)
    if not _matches(_written(code), SqlText(own.path, wanted).tokens):
        text = wanted.replace(LITERAL, "a literal")
        yield Problem(own.sql.line, f"{own.name} is not {timed.name} at the present moment", f"write {text}")


def _other_interface(own: View | Routine, timed: Routine) -> str:
    """What differs in arguments or result, '' if nothing does."""
    taken = own.arguments if isinstance(own, Routine) else ()
    names = {argument.name for argument in taken}
    expected = [_signature(argument) for argument in timed.arguments if argument.name in names]
    if [_signature(argument) for argument in taken] != expected:
        return f"has other arguments than {timed.name}"
    if isinstance(own, Routine) and own.kind != timed.kind:
        return f"is a {own.kind} and {timed.name} a {timed.kind}"
    if isinstance(own, Routine) and _columns(own) != _columns(timed):
        return f"returns other columns than {timed.name}"
    return ""


def _signature(argument: Argument) -> tuple[str, str, str]:
    return argument.name, argument.type.text, argument.mode or ""


def _columns(routine: Routine) -> list[tuple[str, str]]:
    return [(field.name, field.type.text) for field in routine.return_columns]


def _body(own: DeclaredObject, timed: Routine) -> str:
    names = {argument.name for argument in own.arguments} if isinstance(own, Routine) else set()
    passed = [_passed(argument.name, names) for argument in timed.arguments]
    call = f"`{LOGICAL_DATASET}.{timed.name}`({', '.join(passed)})"
    if timed.kind == "PROCEDURE":
        return f"CALL {call}"
    if timed.kind == "SCALAR_FUNCTION":
        return call
    columns = ", ".join(f"r.{field.name}" for field in timed.return_columns)
    return f"SELECT {columns} FROM {call} AS r"


def _passed(name: str, own: set[str]) -> str:
    if name == NOW:
        return PRESENT
    return name if name in own else LITERAL


def _written(code: Code) -> list[Token]:
    """The body; of a procedure, what stands between BEGIN and END, without the last semicolon."""
    tokens = list(code.tokens)
    if not code.is_procedure:
        return tokens
    inner = tokens[1:-1]
    return inner[:-1] if inner and inner[-1].is_(";") else inner


def _matches(written: Sequence[Token], wanted: Sequence[Token]) -> bool:
    return len(written) == len(wanted) and all(map(_is, written, wanted))


def _is(found: Token, wanted: Token) -> bool:
    if wanted.text == LITERAL:
        return found.kind in LITERALS
    return (found.kind, found.text) == (wanted.kind, wanted.text)


WRAPPER_RULES: tuple[CodeRule, ...] = (wrapper_form,)
