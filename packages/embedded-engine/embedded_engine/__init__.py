"""A deployment engine for Pulumi programs in Python, for machines that have no Pulumi CLI.

Owns: running an unmodified program against attached providers and keeping state, history and locks in the
files of Pulumi's own file backend, so that the CLI can take over the same stack at any time.
Leaves to others: providers (reached over gRPC through PULUMI_DEBUG_PROVIDERS) and everything listed in
README.md under "What it refuses". Nothing here knows what the program deploys.
"""

from __future__ import annotations

# The CLI whose behaviour this engine reproduces; written to state and history as `version`.
VERSION = "v3.260.0"
