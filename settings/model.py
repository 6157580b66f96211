"""The stack's settings as one frozen model. Values come from the stack's configuration, defaults from Pulumi.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from settings.types import (
    BucketName,
    DatasetId,
    EmailAddress,
    IamMember,
    LabelValue,
    Location,
    ObjectId,
    ProjectId,
    RetentionDays,
    StackName,
    TimeTravelHours,
)


class Settings(BaseModel):
    """One field for each key of Pulumi.yaml (there in camelCase), where each key is described."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)

    stack: StackName
    project: ProjectId
    location: Location
    dataset: DatasetId
    cloud: Literal["google", "local"]
    manage_sources: bool
    source_dataset: DatasetId | None
    object_names: Mapping[str, ObjectId]
    protect: bool
    alert_email: EmailAddress
    deployers: tuple[IamMember, ...]
    owner: LabelValue
    backup_bucket: BucketName | None
    backup_retention_days: RetentionDays
    time_travel_hours: TimeTravelHours

    @property
    def is_local(self) -> bool:
        """True for a stack that runs on the cloud of one machine."""
        return self.cloud == "local" or self.stack == "local"

    @property
    def labels(self) -> dict[str, str]:
        """Labels of every resource that can carry labels."""
        return {"system": "eros", "environment": self.stack, "owner": self.owner}

    @property
    def backup_bucket_name(self) -> str:
        """The stated bucket, or one that carries project and dataset since bucket names are global."""
        return self.backup_bucket or f"{self.project}-{self.dataset}-backups".lower().replace("_", "-")

    @property
    def run_account_id(self) -> str:
        """Account that runs the scheduled queries; carries the stack so that several share one project."""
        return f"eros-run-{self.stack}"
