"""The engine's errors. Each ends the command with an exit code that the Pulumi CLI uses for the same case."""

from __future__ import annotations

INSTALL = (
    "install the Pulumi CLI, version 3.250 or later (https://www.pulumi.com/docs/install/, or "
    "`curl -fsSL https://get.pulumi.com | sh`), and run the same command with `pulumi`"
)

FAILED = 1
BAD_INVOCATION = 2
NO_SUCH_STACK = 6
UNEXPECTED_CHANGES = 7


class EngineError(Exception):
    """Something that the person at the keyboard can understand and act on."""

    exit_code = FAILED


class InvocationError(EngineError):
    """The command line itself is wrong."""

    exit_code = BAD_INVOCATION


class NoSuchStack(EngineError):
    """The backend has no such stack, or none was named."""

    exit_code = NO_SUCH_STACK


class Refused(EngineError):
    """A feature that only the Pulumi CLI has; always raised before anything is changed."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"the embedded engine does not support {feature}; {INSTALL}")


class ProviderError(EngineError):
    """A provider answered a call with an error."""


class InitFailed(ProviderError):
    """The resource exists but did not become ready: its state must be kept, with the reasons."""

    def __init__(self, id_: str, reasons: list[str], outputs: dict[str, object], inputs: dict[str, object]) -> None:
        super().__init__("; ".join(reasons))
        self.id, self.reasons, self.outputs, self.inputs = id_, reasons, outputs, inputs


class StepFailed(Exception):
    """A step failed and the failure was reported: whoever catches this only has to stop."""
