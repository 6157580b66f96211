"""The rules behind Pulumi's Analyzer protocol, which the CLI and the embedded engine speak.

The protocol's classes come with the SDK; why not with `pulumi_policy`: docs/decisions/0026.
"""

# Names and arguments of the methods are the protocol's.
# ruff: noqa: ARG002, N802

from __future__ import annotations

import sys
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import rpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policies.rules import POLICIES, Facts, Resource, violations

NAME, VERSION = "eros-platform", "1.0.0"
LARGEST = 400 << 20  # what the engine's own messages may be


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers an engine. `facts` are known once it has said which stack it works on."""

    facts = Facts()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        """Which rules there are."""
        policies = [
            analyzer_pb2.PolicyInfo(
                name=policy.name,
                description=policy.says,
                enforcementLevel=analyzer_pb2.MANDATORY,
                policy_type=analyzer_pb2.POLICY_TYPE_RESOURCE,
            )
            for policy in POLICIES
        ]
        return analyzer_pb2.AnalyzerInfo(name=NAME, version=VERSION, policies=policies)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """The pack's version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Configure(self, request: Any, context: Any) -> Any:
        """The rules have no configuration of their own."""
        return empty_pb2.Empty()

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        """Takes from the stack's configuration what rules ask for."""
        config = {key.rpartition(":")[2]: value for key, value in request.config.items()}
        self.facts = Facts(config.get("location", ""), config.get("protect", "true") != "false")
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Remediate(self, request: Any, context: Any) -> Any:
        """No rule changes a resource."""
        return analyzer_pb2.RemediateResponse()

    def Analyze(self, request: Any, context: Any) -> Any:
        """What is wrong with one resource."""
        inputs = _plain(json_format.MessageToDict(request.properties))
        resource = Resource(request.type, request.name, inputs, request.options.protect)
        return analyzer_pb2.AnalyzeResponse(
            diagnostics=[
                analyzer_pb2.AnalyzeDiagnostic(
                    policyName=found.policy,
                    policyPackName=NAME,
                    policyPackVersion=VERSION,
                    description=found.says,
                    message=f"{found.message}\n  fix: {found.fix}",
                    enforcementLevel=analyzer_pb2.MANDATORY,
                )
                for found in violations(resource, self.facts)
            ]
        )

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        """Every rule looks at one resource."""
        return analyzer_pb2.AnalyzeResponse()


def serve() -> None:
    """Serves on a free port of this machine, whose number is the first thing that it prints."""
    options = [("grpc.max_receive_message_length", LARGEST)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _plain(value: Any) -> Any:
    """The value without the envelopes of secrets: rules look at them and show none."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return _plain(value.get("value"))
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
