"""The stack's settings as one frozen model. Values come from the stack's configuration, defaults from Pulumi.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from settings.roles import ACCOUNTS, PEOPLE, May
from settings.types import (
    EVERYBODY,
    PUBLIC,
    REGIONS_OF,
    BillingAccountId,
    BucketName,
    ChatSpace,
    DatasetId,
    DatasetMember,
    DatasetPath,
    DatasetRole,
    Digits,
    DisplayNames,
    EmailAddress,
    Environments,
    IamMembers,
    ImageName,
    KeyRingName,
    LabelValue,
    Location,
    ObjectId,
    ObjectPath,
    PoolId,
    ProjectId,
    RecipientName,
    Region,
    RepositoryName,
    RetentionDays,
    SlackChannels,
    SpreadsheetId,
    StackName,
    TimeTravelHours,
    TopicId,
    each_once,
)


class ProjectSettings(BaseModel):
    """What both programs of this repository are told.

    PROGRAM is the Pulumi project whose keys these are, FOLDER where its files lie.
    """

    PROGRAM: ClassVar[str]
    FOLDER: ClassVar[str]
    # Keys that are stored encrypted and nothing else; they are no fields, so that no value is ever shown.
    SECRETS: ClassVar[tuple[str, ...]] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)

    stack: StackName
    project: ProjectId
    cloud: Literal["google", "local"]

    @property
    def is_local(self) -> bool:
        """True for a stack that runs on the cloud of one machine."""
        return self.cloud == "local" or self.stack == "local"


class BootstrapSettings(ProjectSettings):
    """One field for each key of bootstrap/Pulumi.yaml, where each key is described."""

    PROGRAM: ClassVar[str] = "eros-bootstrap"
    FOLDER: ClassVar[str] = "bootstrap"

    location: Location
    owner: LabelValue
    protect: bool
    state_bucket: BucketName | None
    key_ring: KeyRingName
    log_retention_days: RetentionDays
    repository: RepositoryName | None
    repository_id: Digits | None
    identity_pool: PoolId
    environments: Environments
    billing_account: BillingAccountId | None
    monthly_budget: Annotated[int, Field(ge=1)]
    daily_query_gibibytes: Annotated[int, Field(ge=0)]
    daily_user_gibibytes: Annotated[int, Field(ge=0)]

    @property
    def labels(self) -> dict[str, str]:
        """Labels of what can carry labels."""
        return {"system": "eros", "environment": self.stack, "owner": self.owner}

    @property
    def state_bucket_name(self) -> str:
        """The stated bucket, or one that carries the project since bucket names are global."""
        return self.state_bucket or f"{self.project}-pulumi-state"

    @property
    def key_location(self) -> str:
        """Where the key lies: KMS writes places in lower case and calls the EU otherwise (cloud.google.com/kms/docs/
        locations).
        """
        return {"EU": "europe"}.get(self.location, self.location.lower())


class DatasetGrant(BaseModel):
    """One entry of a dataset's access list: a member with a role, or what may read the dataset for its own callers.

    A view or routine, or all views of a dataset (cloud.google.com/bigquery/docs/: authorized-views,
    authorized-routines, authorized-datasets).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    role: DatasetRole | None = None
    member: DatasetMember | None = None
    view: ObjectPath | None = None
    routine: ObjectPath | None = None
    dataset: DatasetPath | None = None

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        stated = [name for name in ("member", "view", "routine", "dataset") if getattr(self, name)]
        if len(stated) != 1:
            raise ValueError("must name one of member (with a role), view, routine, dataset")
        if bool(self.role) is not bool(self.member):
            raise ValueError(f"must have {'a role for its member' if self.member else f'no role with a {stated[0]}'}")
        return self

    def __str__(self) -> str:
        if self.member:
            return f"{self.member} as {self.role}"
        kind = next(name for name in ("view", "routine", "dataset") if getattr(self, name))
        return f"authorised {kind} {getattr(self, kind)}"


def _nobody_public(grants: tuple[DatasetGrant, ...]) -> tuple[DatasetGrant, ...]:
    """`revokedAccess` may name the public: it is let go there."""
    for grant in grants:
        if grant.member in PUBLIC:
            raise ValueError(f"must not name {grant.member}: {EVERYBODY}")
    return grants


class Settings(ProjectSettings):
    """One field for each key of Pulumi.yaml (there in camelCase), where each key is described."""

    PROGRAM: ClassVar[str] = "eros-platform"
    FOLDER: ClassVar[str] = ""
    SECRETS: ClassVar[tuple[str, ...]] = ("slackToken", "pagerdutyKey", "webhookUrl")

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
    slack_channels: SlackChannels
    slack_team: str | None
    google_chat_space: ChatSpace | None
    alert_topic: TopicId | None
    deployers: IamMembers
    week_builders: IamMembers
    week_image: ImageName | None
    week_region: Region | None
    readers: IamMembers
    developers: IamMembers
    operators: IamMembers
    admins: IamMembers
    dataset_access: Annotated[tuple[DatasetGrant, ...], AfterValidator(_nobody_public), AfterValidator(each_once)]
    revoked_access: Annotated[tuple[DatasetGrant, ...], AfterValidator(each_once)]
    owner: LabelValue
    backup_bucket: BucketName | None
    backup_retention_days: RetentionDays
    archive_bucket: BucketName | None
    archive_retention_days: RetentionDays
    time_travel_hours: TimeTravelHours
    export_spreadsheet: SpreadsheetId | None
    control_panel: SpreadsheetId | None
    export_account: EmailAddress | None
    review_examples: Annotated[int, Field(ge=0, le=5)]

    @property
    def is_production(self) -> bool:
        """By its name: prod, production, prod-eu."""
        return self.stack.lower().startswith("prod") and not self.is_local

    @property
    def labels(self) -> dict[str, str]:
        """Labels of every resource that can carry labels."""
        return {"system": "eros", "environment": self.stack, "owner": self.owner}

    @property
    def reports_dataset(self) -> str:
        """Physical id of the dataset of the report views, which readers see."""
        return f"{self.dataset}_reports"

    @property
    def people(self) -> tuple[tuple[May, str], ...]:
        """Whoever the role lists name, each with what that list is granted."""
        return tuple((may, member) for key, may in PEOPLE.items() for member in getattr(self, key))

    @property
    def backup_bucket_name(self) -> str:
        """The stated bucket, or one that carries project and dataset since bucket names are global."""
        return self.backup_bucket or f"{self.project}-{self.dataset}-backups".lower().replace("_", "-")

    @property
    def archive_bucket_name(self) -> str:
        """The same of the bucket that keeps what the tables no longer hold."""
        return self.archive_bucket or f"{self.project}-{self.dataset}-archive".lower().replace("_", "-")

    def account_id(self, purpose: str) -> str:
        """Account that runs the scheduled queries of a purpose; carries the stack so that several share one project."""
        return f"{ACCOUNTS[purpose]}-{self.stack}"

    @property
    def account_emails(self) -> Mapping[str, str]:
        """The addresses of these accounts by purpose, known before the accounts exist."""
        return {key: f"{self.account_id(key)}@{self.project}.iam.gserviceaccount.com" for key in ACCOUNTS}

    @property
    def run_account_email(self) -> str:
        """The account that earlier releases ran everything as: today's of the automation."""
        return self.account_emails["automation"]

    @property
    def week_job_id(self) -> str:
        """Cloud Run job that builds weeks, its schedule and the account that it runs as; carries the stack."""
        return f"eros-wks-{self.stack}"

    @property
    def week_starter_id(self) -> str:
        """Account with which the schedule starts that job."""
        return f"eros-cue-{self.stack}"

    @property
    def week_place(self) -> str:
        """Region of the job: the stated one, the stack's own, or one inside its multi-region."""
        return self.week_region or REGIONS_OF.get(self.location, ("", self.location))[1]

    @property
    def week_members(self) -> tuple[str, ...]:
        """All who run weeks: those that are stated, and the job's account while there is a job."""
        job = f"serviceAccount:{self.week_job_id}@{self.project}.iam.gserviceaccount.com"
        return tuple(dict.fromkeys((*self.week_builders, *([job] if self.week_image else []))))

    def run_role(self, key: str) -> str:
        """Id of a custom role of the accounts; roles belong to the project, so the id carries the stack."""
        return f"eros_{self.stack}_{key}".replace("-", "_")
