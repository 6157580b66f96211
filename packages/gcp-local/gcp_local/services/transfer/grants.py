"""What a transfer may do: the agent's rights, the account that it runs as, and what that account's query does."""

from __future__ import annotations

from gcp_local.services import iam, identities, policies, resourcemanager, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, failed_precondition, invalid
from gcp_local.services.transfer import access, queries
from gcp_local.services.transfer.warehouse import Warehouse

ACT_AS, CREATE_JOBS = "iam.serviceAccounts.getAccessToken", "bigquery.jobs.create"


def check_owner(cloud: Cloud, email: str) -> None:
    """Raise what Google answers when a config cannot be owned by this account."""
    if not email:
        raise invalid(
            'Failed to find a valid credential. The field "version_info" or "service_account_name" must be specified.'
        )
    account = iam.find_account(cloud, email)
    if account is None:
        raise ApiError(
            403,
            f"User does not have iam.serviceAccounts.actAs permission on service account {email}, or it may not exist.",
        )
    if account.get("disabled"):
        raise failed_precondition(f"Service account {email} is disabled.")
    problem = impersonation_problem(cloud, email)
    if problem:
        raise failed_precondition(problem)


def impersonation_problem(cloud: Cloud, email: str) -> str:
    """Why the transfer agent cannot act as the account; empty when it can."""
    agent = identities.agent_email(cloud, identities.TRANSFER_AGENT_DOMAIN)
    keys = (iam.policy_key(email), resourcemanager.POLICY_KEY)
    if any(policies.is_allowed(cloud, key, f"serviceAccount:{agent}", ACT_AS) for key in keys):
        return ""
    return (
        "P4 service account needs iam.serviceAccounts.getAccessToken permission. Running the following command may "
        f"resolve this error: gcloud iam service-accounts add-iam-policy-binding {email} "
        f"--member='serviceAccount:{agent}' --role='roles/iam.serviceAccountTokenCreator'"
    )


def run_problem(cloud: Cloud, email: str) -> str:
    """Why no run as this account may start; empty when one may."""
    account = iam.find_account(cloud, email)
    if account is None or account.get("disabled"):
        return f"Service account {email} does not exist or is disabled."
    problem = agent_problem(cloud) or impersonation_problem(cloud, email)
    if problem:
        return problem
    if not policies.is_allowed(cloud, resourcemanager.POLICY_KEY, f"serviceAccount:{email}", CREATE_JOBS):
        return _denied_jobs(cloud, email)
    return ""


def agent_problem(cloud: Cloud) -> str:
    """Why the transfer service's own account cannot start jobs: nobody gave it its role.

    Google grants it when the service makes the account by itself, not when generateServiceIdentity is called, as the
    provider's google_project_service_identity does; the role is what lets the agent start jobs in the project
    (docs.cloud.google.com/bigquery/docs/enable-transfer-service, docs.cloud.google.com/iam/docs/roles-permissions/
    bigquerydatatransfer).
    """
    agent = identities.agent_email(cloud, identities.TRANSFER_AGENT_DOMAIN)
    if policies.is_allowed(cloud, resourcemanager.POLICY_KEY, f"serviceAccount:{agent}", CREATE_JOBS):
        return ""
    return (
        f"{_denied_jobs(cloud, agent)} The service agent needs {roles.TRANSFER_AGENT} in the project, which is not "
        "granted when the agent is created explicitly."
    )


def query_problem(cloud: Cloud, run: Json, email: str) -> str:
    """Why the run's query would be denied to the account; empty when it may do all that it does. Raises QueryError."""
    with queries.client(queries.TIMEOUT) as client:
        warehouse = Warehouse(cloud, client)
        wanted = access.needs(warehouse, run["params"]["query"]) | access.of_destination(
            queries.destination(cloud, run)
        )
        lacking = access.missing(warehouse, email, wanted)
    return lacking[0].refusal() if lacking else ""


def _denied_jobs(cloud: Cloud, email: str) -> str:
    return (
        f"Access Denied: Project {cloud.project}: User does not have {CREATE_JOBS} permission in project "
        f"{cloud.project}. ({email})"
    )
