"""A project: enabled services, their identities, project members."""

from __future__ import annotations

from typing import Any

from local_cloud.provider import rules
from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource


def _service(value: Any) -> str | None:
    if value == "bigquery-json.googleapis.com":
        return 'is retired: use "bigquery.googleapis.com".'
    return None if "." in str(value) else f"must be a domain like serviceusage.googleapis.com; got {value!r}."


class Service(Resource):
    """An enabled API."""

    facts = Facts(
        "gcp:projects/service:Service",
        force_new=paths("service project"),
        computed=paths("project deletionPolicy"),
        checks={"service": _service},
        same={"project": rules.same_last_name},
        nullable=paths("checkIfServiceHasUsageOnDestroy disableDependentServices disableOnDestroy"),
        local=paths("checkIfServiceHasUsageOnDestroy disableDependentServices disableOnDestroy deletionPolicy"),
    )


class ServiceIdentity(Resource):
    """The account under which a Google service acts in the project."""

    facts = Facts(
        "gcp:projects/serviceIdentity:ServiceIdentity",
        force_new=paths("service project"),
        computed=paths("project"),
    )


class ProjectIAMMember(Resource):
    """One member with one role on a project."""

    facts = Facts(
        "gcp:projects/iAMMember:IAMMember",
        force_new=paths("project role member condition condition.expression condition.title condition.description"),
        checks={"member": rules.member},
        same={"member": rules.same_member, "project": rules.same_project},
        delete_first=True,
    )
