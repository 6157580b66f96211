"""What a transfer may do: the account it runs as, the agent's right to act as it, and its right to create jobs."""

from __future__ import annotations

from local_cloud.services import iam, identities, policies, resourcemanager, roles
from local_cloud.services.cloud import Cloud
from local_cloud.services.errors import ApiError, failed_precondition, invalid


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
    member = f"serviceAccount:{agent}"
    keys = (iam.policy_key(email), resourcemanager.POLICY_KEY)
    if any(policies.is_granted(cloud, key, member, roles.TOKEN_CREATORS) for key in keys):
        return ""
    return (
        "P4 service account needs iam.serviceAccounts.getAccessToken permission. Running the following command may "
        f"resolve this error: gcloud iam service-accounts add-iam-policy-binding {email} "
        f"--member='serviceAccount:{agent}' --role='roles/iam.serviceAccountTokenCreator'"
    )


def run_problem(cloud: Cloud, email: str) -> str:
    """Why a run as this account would be denied; empty when it may start."""
    account = iam.find_account(cloud, email)
    if account is None or account.get("disabled"):
        return f"Service account {email} does not exist or is disabled."
    problem = impersonation_problem(cloud, email)
    if problem:
        return problem
    if not policies.is_granted(cloud, resourcemanager.POLICY_KEY, f"serviceAccount:{email}", roles.JOB_CREATORS):
        return (
            f"Access Denied: Project {cloud.project}: User does not have bigquery.jobs.create permission in project "
            f"{cloud.project}. ({email})"
        )
    return ""
