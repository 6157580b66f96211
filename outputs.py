"""Stack outputs: the one contract between the program, which exports them, and operations, which read them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from settings.errors import ErosError


class OutputsError(ErosError):
    """The stack's outputs are not those of this version of the program."""


class StackOutputs(BaseModel):
    """Everything that operations need to know of a deployed stack. Keys of mappings are the names in the catalog.

    A field with a default is newer than the first release: a stack that an older release deployed lacks it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    project: str
    location: str
    dataset: str
    """Physical dataset id."""
    source_dataset: str = ""
    """Physical id of the dataset that holds the sources, empty when it is `dataset`."""
    object_names: Mapping[str, str] = Field(default_factory=dict)
    """Physical names of objects that are not called as in the catalog."""
    tables: tuple[str, ...]
    """Tables that the stack declares, sources included when it manages them."""
    sources: tuple[str, ...]
    """Source tables, managed or not."""
    views: tuple[str, ...]
    routines: tuple[str, ...]
    schedules: Mapping[str, str]
    """Resource name of each transfer config: projects/P/locations/L/transferConfigs/ID."""
    run_account: str
    """E-mail of the account that runs the scheduled queries."""
    backup_bucket: str
    archive_bucket: str = ""
    notification_channel: str
    """Resource name of the e-mail channel of the stack's own address."""
    alert_policies: Mapping[str, str]
    """Resource name of the alert policy on failed runs of each schedule."""

    @classmethod
    def read(cls, stack: str, exported: Mapping[str, Any]) -> StackOutputs:
        """From what the engine recorded. Errors: OutputsError when the stack is not (fully) deployed."""
        try:
            return cls.model_validate(exported)
        except ValidationError as error:
            missing = sorted({str(entry["loc"][0]) for entry in error.errors()})
            raise OutputsError(
                f"stack {stack} has no usable outputs: {', '.join(missing)}", fix=f"eros up -s {stack}"
            ) from None


def exports(**values: Any) -> dict[str, Any]:
    """Values (plain or pulumi Outputs) by exported name; a name that is no field of StackOutputs is an error."""
    fields = StackOutputs.model_fields
    if values.keys() != fields.keys():
        raise TypeError(f"stack outputs differ: {sorted(values.keys() ^ fields.keys())}")
    return {field.alias or name: values[name] for name, field in fields.items()}
