"""The vocabulary of the stack's configuration: one annotated type per kind of value.

Each type checks the form that Google Cloud documents and says how to mend a value that lacks it. Whether a
project, account or address exists is left to the cloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

Hashed = TypeVar("Hashed")

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MULTI_REGIONS = ("US", "EU")
# What runs beside data of a multi-region lies in one of its regions: its beginning, and the one that is taken unasked.
REGIONS_OF = {"US": ("us-", "us-central1"), "EU": ("europe-", "europe-west1")}
REGION = re.compile(r"[a-z]+-[a-z]+\d{1,2}")
ROLE = re.compile(r"(roles|(projects|organizations)/[a-z0-9-]+/roles)/[A-Za-z0-9_.]+")
# BigQuery answers the short word for these three: a list that states it compares as equal.
LEGACY_ROLES = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}
ALERT_LEVELS = ("CRITICAL", "WARNING", "INFO")
SLACK_CHANNEL = re.compile(r"#[a-z0-9_-]{1,80}")
SPECIAL_GROUPS = ("projectOwners", "projectWriters", "projectReaders", "allAuthenticatedUsers")
PUBLIC = ("allUsers", "allAuthenticatedUsers")
EVERYBODY = "that is everybody on the internet; name a group such as group:analysts@example.com"
# https://docs.cloud.google.com/iam/docs/roles-overview#basic, and the members that stand for who has one.
BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer", "roles/admin", "roles/writer", "roles/reader")
BASIC_MEMBERS = ("projectOwner", "projectEditor", "projectViewer")
WHOLE_PROJECT = "it reaches everything in the project; name who is meant, such as group:analysts@example.com"
MEMBER = re.compile(r"(user|serviceAccount|group):\S+@\S+|(domain):\S+|principal(Set)?://\S+")


def _matches(pattern: str, rule: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(rule)
        return value

    return check


def _location(value: str) -> str:
    if value in MULTI_REGIONS or REGION.fullmatch(value):
        return value
    for known in MULTI_REGIONS:
        if value.upper() == known:
            raise ValueError(f"must be written {known} (a transfer's location is case-sensitive)")
    raise ValueError("must be US, EU or a region in lower case such as europe-west3")


def _email(value: str) -> str:
    if not EMAIL.fullmatch(value):
        raise ValueError("must be one e-mail address such as data-team@example.com")
    return value


def _member(value: str) -> str:
    if value in PUBLIC:
        raise ValueError(f"must not be the public: {EVERYBODY}")
    if value in BASIC_ROLES or value.partition(":")[0] in BASIC_MEMBERS or value in SPECIAL_GROUPS:
        raise ValueError(f"must not be a basic role or who has one: {WHOLE_PROJECT}")
    if not MEMBER.fullmatch(value):
        raise ValueError(
            "must be an IAM member such as user:ann@example.com or serviceAccount:ci@P.iam.gserviceaccount.com"
        )
    return value


def _dataset_role(value: str) -> str:
    if value in LEGACY_ROLES.values():
        return next(short for short, full in LEGACY_ROLES.items() if full == value)
    if value in BASIC_ROLES:
        raise ValueError(f"must not be a basic role: {WHOLE_PROJECT}")
    if value not in LEGACY_ROLES and not ROLE.fullmatch(value):
        raise ValueError("must be READER, WRITER, OWNER, or a role such as roles/bigquery.dataViewer")
    return value


def _dataset_member(value: str) -> str:
    return value if value in SPECIAL_GROUPS else _member(value)


def each_once(values: tuple[Hashed, ...]) -> tuple[Hashed, ...]:
    """The values, none of them twice: a second one would be a second resource under the same name."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"must name each once; twice: {', '.join(twice)}")
    return values


def _slack_channels(value: Mapping[str, str]) -> Mapping[str, str]:
    if set(value) != set(ALERT_LEVELS) or not all(SLACK_CHANNEL.fullmatch(name) for name in value.values()):
        raise ValueError(f"must name a channel such as #eros-warnings for each of {', '.join(ALERT_LEVELS)}")
    return value


def _hours(value: int) -> int:
    if value % 24:
        raise ValueError("must be whole days: 48, 72, 96, 120, 144 or 168")
    return value


ProjectId = Annotated[
    str,
    AfterValidator(
        _matches(
            r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
            "must be a project id: 6 to 30 lower-case letters, digits and hyphens, starting with a letter",
        )
    ),
]
DatasetId = Annotated[
    str,
    AfterValidator(_matches(r"[A-Za-z0-9_]{1,1024}", "must be a dataset id: letters, digits and underscores only")),
]
# https://cloud.google.com/bigquery/docs/tables#table_naming allows more; whatever needs it can be renamed.
ObjectId = Annotated[
    str,
    AfterValidator(
        _matches(r"[A-Za-z0-9_-]{1,1024}", "must be a table or routine name: letters, digits, underscores, hyphens")
    ),
]
BucketName = Annotated[
    str,
    AfterValidator(
        _matches(
            r"(?!goog)(?!.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]",
            "must be a bucket name: 3 to 63 lower-case letters, digits, hyphens and underscores, "
            "without 'google', starting and ending with a letter or digit",
        )
    ),
]
LabelValue = Annotated[
    str,
    AfterValidator(
        _matches(r"[a-z0-9_-]{1,63}", "must be a label value: lower-case letters, digits, hyphens, underscores")
    ),
]
StackName = Annotated[
    str,
    AfterValidator(
        _matches(
            r"[a-z][a-z0-9-]{0,20}",
            "must be at most 21 lower-case letters, digits and hyphens: it is part of account ids and labels",
        )
    ),
]
Location = Annotated[str, AfterValidator(_location)]
EmailAddress = Annotated[str, AfterValidator(_email)]
IamMember = Annotated[str, AfterValidator(_member)]
IamMembers = Annotated[tuple[IamMember, ...], AfterValidator(each_once)]
# https://cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1/projects.locations.transferConfigs sets no rule.
DisplayName = Annotated[str, AfterValidator(_matches(r"\S(.*\S)?", "must be the display name of a transfer config"))]
DisplayNames = Annotated[tuple[DisplayName, ...], AfterValidator(each_once)]
DatasetRole = Annotated[str, AfterValidator(_dataset_role)]
DatasetMember = Annotated[str, AfterValidator(_dataset_member)]
# A project may carry a domain: example.com:project.
DatasetPath = Annotated[
    str,
    AfterValidator(
        _matches(r"[a-z][a-z0-9.:-]*[a-z0-9]\.[A-Za-z0-9_]+", "must be PROJECT.DATASET such as reports-prod.sales")
    ),
]
ObjectPath = Annotated[
    str,
    AfterValidator(
        _matches(
            r"[a-z][a-z0-9.:-]*[a-z0-9]\.[A-Za-z0-9_]+\.[^.`\s]+",
            "must be PROJECT.DATASET.NAME such as reports-prod.sales.by_page",
        )
    ),
]
RecipientName = Annotated[
    str,
    AfterValidator(_matches(r"[a-z][a-z0-9-]{0,62}", "must be a name: lower-case letters, digits and hyphens")),
]
ChatSpace = Annotated[
    str, AfterValidator(_matches(r"spaces/[A-Za-z0-9_-]+", "must be the space of its address: spaces/AAAA"))
]
# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
TopicId = Annotated[
    str,
    AfterValidator(
        _matches(
            r"(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}",
            "must be the name of a topic: 3 to 255 letters, digits and -._~+%, starting with a letter, not with goog",
        )
    ),
]
# https://developers.google.com/workspace/sheets/api/guides/concepts
# A tag or digest makes which one it is plain: without them it is whatever `latest` was when the job last started.
# https://github.com/distribution/reference: [HOST[:PORT]/]PATH:TAG, or PATH@sha256:...
ImageName = Annotated[
    str,
    AfterValidator(
        _matches(
            r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})",
            "must be an image with tag or digest: us-docker.pkg.dev/PROJECT/REPOSITORY/eros:1.4.0",
        )
    ),
]
Region = Annotated[str, AfterValidator(_matches(REGION.pattern, "must be a region in lower case such as us-central1"))]
SpreadsheetId = Annotated[
    str,
    AfterValidator(
        _matches(
            r"[A-Za-z0-9_-]{20,100}", "must be the part of a spreadsheet's address between /spreadsheets/d/ and /edit"
        )
    ),
]
SlackChannels = Annotated[Mapping[str, str], AfterValidator(_slack_channels)]
# BigQuery keeps 2 to 7 days of time travel.
TimeTravelHours = Annotated[int, Field(ge=48, le=168), AfterValidator(_hours)]
RetentionDays = Annotated[int, Field(ge=1, le=3650)]

# What bootstrap/ alone is told.
# cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create
KeyRingName = Annotated[
    str, AfterValidator(_matches(r"[A-Za-z0-9_-]{1,63}", "must be 1 to 63 letters, digits, underscores and hyphens"))
]
# cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/create
PoolId = Annotated[
    str,
    AfterValidator(
        _matches(r"(?!gcp-)[0-9a-z-]{4,32}", "must be 4 to 32 lower-case letters, digits and hyphens, not gcp-...")
    ),
]
RepositoryName = Annotated[
    str,
    AfterValidator(
        _matches(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}", "must be OWNER/NAME of a GitHub repository")
    ),
]
Digits = Annotated[str, AfterValidator(_matches(r"[0-9]{1,20}", "must be a number"))]
BillingAccountId = Annotated[
    str,
    AfterValidator(_matches(r"([0-9A-F]{6}-){2}[0-9A-F]{6}", "must be a billing account such as 0123AB-4567CD-89EF01")),
]
# An account's id has at most 30 characters: eros-deploy- and 18 more.
EnvironmentName = Annotated[
    str,
    AfterValidator(
        _matches(r"[a-z]([a-z0-9-]{0,16}[a-z0-9])?", "must be at most 18 lower-case letters, digits and hyphens")
    ),
]
GitRef = Annotated[
    str,
    AfterValidator(
        _matches(
            r"refs/(heads|tags|pull)/[A-Za-z0-9._/-]*\*?",
            "must be what Git calls it, such as refs/heads/main, or a beginning with a star: refs/heads/release/*",
        )
    ),
]
Environments = Mapping[EnvironmentName, GitRef]
