"""The accounts that exist in the project: people are taken at their word, service accounts must have been created."""

from __future__ import annotations

import hashlib

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json

ACCOUNTS = "iam.serviceAccounts"
AGENTS = "serviceusage.identities"
TRANSFER_AGENT_DOMAIN = "gcp-sa-bigquerydatatransfer"


def agent_email(cloud: Cloud, domain: str) -> str:
    """The e-mail of a Google service's own account in this project."""
    return f"service-{cloud.number}@{domain}.iam.gserviceaccount.com"


def unique_id(text: str) -> str:
    """A stable number of 21 digits, as Google gives to accounts."""
    return f"1{int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**20:020d}"


def create_agent(cloud: Cloud, domain: str) -> Json:
    """The identity of a Google service, created at the first call."""
    email = agent_email(cloud, domain)
    identity = {"email": email, "uniqueId": unique_id(email)}
    cloud.store.put(AGENTS, email, identity)
    return identity


def storage_agent_email(cloud: Cloud) -> str:
    """The account with which Cloud Storage acts in this project; it exists from the start."""
    return f"service-{cloud.number}@gs-project-accounts.iam.gserviceaccount.com"


def account_domain(cloud: Cloud) -> str:
    """What follows the @ in the e-mail of the project's own service accounts."""
    return f"{cloud.project}.iam.gserviceaccount.com"


def service_account_exists(cloud: Cloud, email: str) -> bool:
    """Whether the account exists. Accounts of other projects cannot be looked up and count as existing."""
    _, _, domain = email.partition("@")
    if domain == account_domain(cloud):
        return cloud.store.get(ACCOUNTS, email) is not None
    if email.startswith(f"service-{cloud.number}@") and email != storage_agent_email(cloud):
        return cloud.store.get(AGENTS, email) is not None
    return domain.endswith("gserviceaccount.com")
