"""The service object that the modules of Data Transfer register with, and what of the API is absent."""

from __future__ import annotations

from gcp_local.services.registry import Service

SERVICE = Service(
    name="bigquerydatatransfer",
    title="BigQuery Data Transfer API",
    host="bigquerydatatransfer.googleapis.com",
    prefix="bigquerydatatransfer",
    notes=(
        "Data source: `scheduled_query`, owned by a service account; any other source or owner is refused.",
        "`nextRunTime` not later than now means that the config is due: a run that was missed or interrupted. Missed "
        "times are caught up by one run, also by a manual run whose run time is not earlier than `nextRunTime`.",
        "A run needs the service account to be enabled, the transfer agent's token creator role on it, and a role "
        "that may create jobs in the project. Grants on datasets are not looked at.",
        "E-mail preferences are kept; no mail is sent. Pub/Sub notifications are refused.",
    ),
)

PARENTS = ("/v1/projects/{project}/locations/{location}", "/v1/projects/{project}")


def paths(rest: str) -> tuple[str, ...]:
    """The paths of a method: below a location, and the older form without one (it means US)."""
    return tuple(parent + rest for parent in PARENTS)


SERVICE.not_emulated(
    *(
        (f"projects.{place}{operation}", verb, parent + rest)
        for place, parent in zip(("locations.", ""), PARENTS, strict=True)
        for operation, verb, rest in (
            ("transferConfigs.scheduleRuns", "POST", "/transferConfigs/{config}:scheduleRuns"),
            ("unenrollDataSources", "POST", ":unenrollDataSources"),
        )
    ),
    ("projects.locations.list", "GET", "/v1/projects/{project}/locations"),
    ("projects.locations.get", "GET", "/v1/projects/{project}/locations/{location}"),
)
