"""The stack's settings as one frozen model. Values come from the stack's configuration, defaults from Pulumi.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from settings.types import (
    BucketName,
    DatasetId,
    DatasetMember,
    DatasetRole,
    DisplayNames,
    EmailAddress,
    IamMembers,
    LabelValue,
    Location,
    ObjectId,
    ProjectId,
    RecipientName,
    RetentionDays,
    StackName,
    TimeTravelHours,
    each_once,
)


class ProjectSettings(BaseModel):
    """What every program of this repository is told: bootstrap/ nothing else, the platform more.

    PROGRAM is the Pulumi project whose keys these are, FOLDER where its files lie.
    """

    PROGRAM: ClassVar[str] = "eros-bootstrap"
    FOLDER: ClassVar[str] = "bootstrap"

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)

    stack: StackName
    project: ProjectId
    cloud: Literal["google", "local"]

    @property
    def is_local(self) -> bool:
        """True for a stack that runs on the cloud of one machine."""
        return self.cloud == "local" or self.stack == "local"


class DatasetGrant(BaseModel):
    """One entry of a dataset's access list."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    role: DatasetRole
    member: DatasetMember

    def __str__(self) -> str:
        return f"{self.member} as {self.role}"


class Settings(ProjectSettings):
    """One field for each key of Pulumi.yaml (there in camelCase), where each key is described."""

    PROGRAM: ClassVar[str] = "eros-platform"
    FOLDER: ClassVar[str] = ""

    location: Location
    dataset: DatasetId
    manage_sources: bool
    source_dataset: DatasetId | None
    object_names: Mapping[str, ObjectId]
    protect: bool
    pause_schedules: bool
    other_schedules: DisplayNames
    alert_email: EmailAddress
    alert_recipients: Mapping[RecipientName, EmailAddress]
    deployers: IamMembers
    dataset_access: Annotated[tuple[DatasetGrant, ...], AfterValidator(each_once)]
    owner: LabelValue
    backup_bucket: BucketName | None
    backup_retention_days: RetentionDays
    time_travel_hours: TimeTravelHours

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

    def run_role(self, key: str) -> str:
        """Id of a custom role of the run account; roles belong to the project, so the id carries the stack."""
        return f"eros_{self.stack}_{key}".replace("-", "_")
