"""Who the platform knows and what each may do at most, by name: the vocabulary of grants.

What an account is granted on which object follows from the statements (`catalog.accounts`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The accounts that run scheduled queries, by purpose, and what their ids begin with. An id has at most 30 characters
# (cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create), a stack's name 21.
ACCOUNTS: Mapping[str, str] = {"automation": "eros-run", "monitoring": "eros-mon", "backup": "eros-bak"}

READ = ("bigquery.tables.get", "bigquery.tables.getData")
# Custom roles. None can delete, create or redefine a table or routine: the account that runs a procedure cannot change
# what it does. An export needs the two rights on objects, also where it replaces none:
# https://cloud.google.com/bigquery/docs/exporting-data#required_permissions
# A load reads objects, and lists them where a URI has a wildcard:
# https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#required_permissions
CUSTOM: Mapping[str, tuple[str, Sequence[str]]] = {
    "reader": ("reads tables and views", READ),
    "writer": ("changes the rows of tables", (*READ, "bigquery.tables.updateData")),
    "caller": ("calls functions and procedures", ("bigquery.routines.get",)),
    "exporter": ("writes exports into a bucket", ("storage.objects.create", "storage.objects.delete")),
    "loader": ("loads backups again, to prove them", ("storage.objects.get", "storage.objects.list")),
}

START_JOBS = "roles/bigquery.jobUser"
# INFORMATION_SCHEMA.JOBS takes bigquery.jobs.listAll on the project:
# https://cloud.google.com/bigquery/docs/information-schema-jobs#required_role
READ_JOBS = "roles/bigquery.resourceViewer"


@dataclass(frozen=True, slots=True)
class May:
    """What a list of people is granted: a role in the project, on the dataset and on the report views ('' for none)."""

    project: str
    dataset: str = ""
    reports: str = ""


# By the configuration key that lists them. A reader starts jobs and sees the report views; nothing else of the project.
PEOPLE: Mapping[str, May] = {
    "readers": May(START_JOBS, reports="READER"),
    "developers": May("roles/bigquery.user", "READER", "READER"),
    "operators": May("roles/bigquery.user", "WRITER", "READER"),
    "admins": May("roles/bigquery.admin"),
}

# README, "Deploy to Google Cloud", names the same.
DEPLOYER = (
    *("roles/cloudscheduler.admin", "roles/run.admin"),
    *("roles/bigquery.admin", "roles/iam.roleAdmin", "roles/iam.serviceAccountAdmin"),
    *("roles/logging.configWriter", "roles/logging.logWriter"),
    *("roles/monitoring.editor", "roles/pubsub.editor", "roles/resourcemanager.projectIamAdmin"),
    *("roles/serviceusage.serviceUsageAdmin", "roles/storage.admin"),
)
