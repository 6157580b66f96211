"""Where the objects of a deployed stack are, from what it exported: its configuration may have changed since."""

from __future__ import annotations

from catalog import Placement
from outputs import StackOutputs


def placement(outputs: StackOutputs) -> Placement:
    """Addresses by logical name, also of names that the files no longer declare."""
    return Placement(
        project=outputs.project,
        dataset=outputs.dataset,
        source_dataset=outputs.source_dataset,
        names=outputs.object_names,
        sources=frozenset(outputs.sources),
        location=outputs.location,
    )
