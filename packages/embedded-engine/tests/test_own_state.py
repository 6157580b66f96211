"""A program reads what is recorded of its own stack, by the functions that the CLI's engine has for it."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import resource_pb2
from toy_stack import ListProgram, Resource, ToyStack, item

from embedded_engine.values import load_struct


class Reading(ListProgram):
    """Asks for its stack's outputs and resources before it registers anything."""

    def __init__(self, resources: list[Resource], stack: str = "dev") -> None:
        super().__init__(resources, {"answer": 42})
        self.name = stack
        self.found: dict[str, Any] = {}

    def _run(self, run: Any) -> None:
        for function, argument in (("readStackOutputs", "name"), ("readStackResourceOutputs", "stackName")):
            request = resource_pb2.ResourceInvokeRequest(tok=f"pulumi:pulumi:{function}")
            request.args.update({argument: self.name})
            self.found[function] = load_struct(getattr(self._stub.Invoke(request, timeout=10), "return"))["outputs"]
            if not self.found["readStackOutputs"]:
                break
        super()._run(run)


def test_a_stack_without_state_has_no_outputs(stack: ToyStack) -> None:
    program = Reading([item("a")])
    assert stack._perform("update", False, program).outcome.succeeded
    assert program.found == {"readStackOutputs": {}}


def test_a_deployed_stack_tells_outputs_and_resources_as_they_were_before_this_run(stack: ToyStack) -> None:
    stack.up(item("a", value="x"), exports={"answer": 41})
    program = Reading([item("a"), item("b")])
    assert stack._perform("update", True, program).outcome.succeeded
    assert program.found["readStackOutputs"] == {"answer": 41}
    resources = {urn.rpartition("::")[2]: entry for urn, entry in program.found["readStackResourceOutputs"].items()}
    assert resources["a"]["type"] == "toy:index:Item"
    assert resources["a"]["outputs"]["value"] == "x"
    assert "b" not in resources


def test_another_stack_s_state_is_refused(stack: ToyStack) -> None:
    program = Reading([item("a")], stack="organization/toy/other")
    result = stack._perform("update", True, program)
    assert "reading the state of another stack (organization/toy/other)" in str(result.outcome.refusal)


def test_resources_of_a_stack_without_state_are_an_error(stack: ToyStack) -> None:
    class Asking(ListProgram):
        def _run(self, run: Any) -> None:
            request = resource_pb2.ResourceInvokeRequest(tok="pulumi:pulumi:readStackResourceOutputs")
            request.args.update({"stackName": "dev"})
            with pytest.raises(grpc.RpcError):
                self._stub.Invoke(request, timeout=10)

    result = stack._perform("update", True, Asking([]))
    assert "the stack dev has no state yet" in result.shown.errors()
