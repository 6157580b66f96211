"""A program that reads one resource that exists outside of its stack."""

from __future__ import annotations

from typing import Any

from pulumi.runtime.proto import resource_pb2
from toy_cloud import ITEM
from toy_stack import ListProgram


class ReadingProgram(ListProgram):
    def __init__(self, id_: str, name: str) -> None:
        super().__init__([])
        self._id, self._name = id_, name

    def _run(self, run: Any) -> None:
        super()._run(run)
        request = resource_pb2.ReadResourceRequest(
            id=self._id, type=ITEM, name=self._name, parent=self._stack, acceptSecrets=True
        )
        self.answers[self._name] = self._stub.ReadResource(request, timeout=60)
