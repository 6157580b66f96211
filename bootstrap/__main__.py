"""What a Google project needs once, for all stacks of the platform in it: applied by a person who owns the project."""

import sys
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

# The program of a folder sees that folder only; its components are the platform's.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from components.federation import Federation, FederationArgs
from components.foundation import Foundation, FoundationArgs
from components.oversight import Oversight, OversightArgs
from components.query_quota import QueryQuota, QueryQuotaArgs
from components.state_store import StateStore, StateStoreArgs
from settings.errors import ErosError
from settings.load import load
from settings.model import BootstrapSettings


def _register(settings: BootstrapSettings) -> None:
    # The API of budgets wants to know, of a person who signs in, whose quota a call uses.
    google = gcp.Provider(
        "google",
        project=settings.project,
        billing_project=settings.project if settings.billing_account else None,
        user_project_override=True if settings.billing_account else None,
    )
    options = pulumi.ResourceOptions(provider=google)
    foundation = Foundation("foundation", FoundationArgs(settings=settings), options)
    after = foundation.apis
    store = StateStore("state", StateStoreArgs(settings=settings, after=after), options)
    QueryQuota("query-quota", QueryQuotaArgs(settings=settings, after=after), options)
    Oversight("oversight", OversightArgs(settings=settings, after=after), options)
    pulumi.export("project", settings.project)
    pulumi.export("transferAgent", foundation.transfer_agent)
    # As the commands take them: docs/connecting-github.md says where each goes.
    pulumi.export("state", pulumi.Output.concat("gs://", store.bucket.name))
    pulumi.export("secretsProvider", pulumi.Output.concat("gcpkms://", store.key.id))
    if settings.repository:
        wanted = FederationArgs(settings=settings, repository=settings.repository, after=after)
        github = Federation("github", wanted, options)
        store.admit({f"github-deploy-{name}": made.member for name, made in github.deployers.items()}, writes=True)
        store.admit({"github-preview": github.previewer.member}, writes=False)
        pulumi.export("workloadIdentityProvider", github.provider)
        pulumi.export("deployers", {name: made.email for name, made in github.deployers.items()})
        pulumi.export("previewer", github.previewer.email)


try:
    _register(load(BootstrapSettings))
except ErosError as error:
    raise pulumi.RunError(str(error)) from None
