"""The analyzer's messages, seen as trees.

Its generated protobuf classes carry no types, so `Any` ends here: the rest of the package handles `Node` (parse tree
and resolved tree alike) and `SqlType`, and passes raw messages on without looking into them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from google.protobuf.internal import api_implementation

Proto: TypeAlias = Any
"""A message of the analyzer as it comes: to be handed back to it, or read by `Node`."""


def allow_deep_trees() -> None:
    """Lifts protobuf's limit of 100 nested messages, which about 20 chained operators reach.

    The depth stays bounded: the analyzer's own stack gives up (AnalyzerCrash) long before ours.
    """
    if api_implementation.Type() == "upb":
        from google._upb import _message

        _message.SetAllowOversizeProtos(True)
    else:
        from google.protobuf.internal import decoder

        decoder.SetRecursionLimit(10_000)


allow_deep_trees()


class Node:
    """A node of a tree. A field is looked up in the message and then in its `parent` messages (its base classes)."""

    __slots__ = ("_message",)

    def __init__(self, message: Proto) -> None:
        self._message = message

    @property
    def kind(self) -> str:
        """`ASTIfStatement`, `ResolvedCreateTableStmt`, ..."""
        name: str = self._message.DESCRIPTOR.name
        return name.removesuffix("Proto")

    @property
    def span(self) -> tuple[int, int]:
        """Byte offsets in the text that was parsed: from, to (exclusive)."""
        location = self.raw("parse_location_range")
        return location.start, location.end

    @property
    def path(self) -> tuple[str, ...]:
        """The parts of an ASTPathExpression."""
        return tuple(part.text("id_string") for part in self.nodes("names"))

    def node(self, field: str) -> Node | None:
        """The child in `field`; None when it is not set."""
        owner = self._owner(field)
        if owner is None or not owner.HasField(field):
            return None
        return _concrete(getattr(owner, field))

    def require(self, field: str) -> Node:
        """The child in `field`, which the grammar makes certain."""
        child = self.node(field)
        if child is None:
            raise LookupError(f"{self.kind} has no {field}")
        return child

    def nodes(self, field: str) -> list[Node]:
        """The children in the repeated `field`, in order."""
        found = (_concrete(item) for item in self.raw(field) or ())
        return [child for child in found if child is not None]

    def text(self, field: str) -> str:
        """A string field; '' when it is not set."""
        return str(self.raw(field) or "")

    def texts(self, field: str) -> list[str]:
        """A repeated string field."""
        return [str(item) for item in self.raw(field) or ()]

    def number(self, field: str) -> int:
        """An integer, enumeration or boolean field; 0 when it is not set."""
        return int(self.raw(field) or 0)

    def raw(self, field: str) -> Proto:
        """The value of `field` as it comes; None when no such field exists."""
        owner = self._owner(field)
        return None if owner is None else getattr(owner, field)

    def children(self) -> Iterator[Node]:
        """All child nodes, those of the base classes last."""
        message = self._message
        while message is not None:
            parent = None
            for field, value in message.ListFields():
                if field.name == "parent":
                    parent = value
                elif field.message_type is not None:
                    for item in value if field.is_repeated else (value,):
                        if (child := _concrete(item)) is not None:
                            yield child
            message = parent

    def walk(self) -> Iterator[Node]:
        """This node and everything below it, parents first; not recursive, for trees are deep."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(list(node.children())))

    def _owner(self, field: str) -> Proto | None:
        message = self._message
        while True:
            fields = message.DESCRIPTOR.fields_by_name
            if field in fields:
                return message
            if "parent" not in fields:
                return None
            message = message.parent


def _concrete(message: Proto) -> Node | None:
    """Unpacks `AnyXxxProto`, the nested unions that stand for an abstract class."""
    while message.DESCRIPTOR.name.startswith("Any"):
        choice = message.WhichOneof("node")
        if choice is None:
            return None
        message = getattr(message, choice)
    return Node(message)
