"""The names of the local cloud: its folder, its project, its passphrase and the variables that lead to it.

Everything that reaches the local cloud (the gcp plugin, our provider, Google's client libraries) does so by
these variables only. Names and path forms were read from terraform-provider-google-beta 7.45, which
pulumi-gcp wraps (`CustomEndpointEnvVar` and `BaseUrl` of each `services/*/product.go`):

| variable | Google's default | note |
|---|---|---|
| GOOGLE_BIG_QUERY_ | bigquery.googleapis.com/bigquery/v2/ | used as it stands |
| GOOGLE_STORAGE_ | storage.googleapis.com/storage/v1/ | used as it stands |
| GOOGLE_BIGQUERY_DATA_TRANSFER_ | bigquerydatatransfer.googleapis.com/v1/ | used as it stands |
| GOOGLE_MONITORING_ | monitoring.googleapis.com/ | `v3/...`, dashboards `v1/...` are appended |
| GOOGLE_LOGGING_ | logging.googleapis.com/v2/ | used as it stands |
| GOOGLE_PUBSUB_ | pubsub.googleapis.com/v1/ | used as it stands |
| GOOGLE_IAM_BETA_ | iam.googleapis.com/v1/ | pools: as it stands; accounts: last part stripped, `v1/...` appended |
| GOOGLE_IAM_ | none | no effect there any more; older plugins and our provider read it |
| GOOGLE_KMS_ | cloudkms.googleapis.com/v1/ | used as it stands; the versions of a key: stripped, then `v1/...` |
| GOOGLE_CLOUD_RUN_V2_ | run.googleapis.com/v2/ | used as it stands |
| GOOGLE_CLOUD_SCHEDULER_ | cloudscheduler.googleapis.com/v1/ | used as it stands |
| GOOGLE_BILLING_BUDGETS_ | billingbudgets.googleapis.com/v1/ | used as it stands |
| GOOGLE_SERVICE_USAGE_ | serviceusage.googleapis.com/v1beta1/ | enable, disable, list: stripped, then `v1/...` |
| GOOGLE_RESOURCE_MANAGER_ | cloudresourcemanager.googleapis.com/v1/ | stripped, `v1/...` appended |
| GOOGLE_SHEETS_ | none | no resource of the provider; programs replace `sheets.googleapis.com/` by it |
| GOOGLE_RESOURCE_MANAGER_V3_ | cloudresourcemanager.googleapis.com/v3/ | stripped, `v3/...` appended |

"Stripped" means that the plugin cuts the last path part of the endpoint and its client library writes the
version itself, so a part must stand there. The plugin appends `services/...:generateServiceIdentity` and the
names of Service Usage operations to that endpoint as it stands. Each endpoint ends in `/` or is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PROJECT_NUMBER = "123456789012"
# The provider reads a token that is also a path (a folder `local`, say) as a file: internal `pathOrContents`.
ACCESS_TOKEN = "token-of-the-local-cloud"

# What whoever uses this package may name; every process of a cloud inherits them.
STATED_STATE = "GCP_LOCAL_STATE"
STATED_PROJECT = "GCP_LOCAL_PROJECT"
STATED_PASSPHRASE = "GCP_LOCAL_PASSPHRASE"
STATED_COMMAND = "GCP_LOCAL_COMMAND"
STATED_VARIABLE = "GCP_LOCAL_STATE_VARIABLE"
STATED_SMTP = "GCP_LOCAL_SMTP"
STATED_RECEIVERS = "GCP_LOCAL_RECEIVERS"

# What the owner of a new project enables by hand, before any program can run there.
FIRST_APIS = ("serviceusage.googleapis.com", "cloudresourcemanager.googleapis.com")

HOST = "127.0.0.1"
BIGQUERY, STORAGE, SERVICES, PROVIDER = "bigquery", "storage", "services", "provider"

ENDPOINTS: Mapping[str, tuple[str, str]] = {
    "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT": (BIGQUERY, "/bigquery/v2/"),
    "GOOGLE_STORAGE_CUSTOM_ENDPOINT": (SERVICES, "/storage/v1/"),
    "GOOGLE_BIGQUERY_DATA_TRANSFER_CUSTOM_ENDPOINT": (SERVICES, "/bigquerydatatransfer/v1/"),
    "GOOGLE_MONITORING_CUSTOM_ENDPOINT": (SERVICES, "/monitoring/"),
    "GOOGLE_LOGGING_CUSTOM_ENDPOINT": (SERVICES, "/logging/v2/"),
    "GOOGLE_PUBSUB_CUSTOM_ENDPOINT": (SERVICES, "/pubsub/v1/"),
    "GOOGLE_IAM_CUSTOM_ENDPOINT": (SERVICES, "/iam/v1/"),
    "GOOGLE_IAM_BETA_CUSTOM_ENDPOINT": (SERVICES, "/iam/v1/"),
    "GOOGLE_KMS_CUSTOM_ENDPOINT": (SERVICES, "/cloudkms/v1/"),
    "GOOGLE_BILLING_BUDGETS_CUSTOM_ENDPOINT": (SERVICES, "/billingbudgets/v1/"),
    "GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT": (SERVICES, "/serviceusage/v1beta1/"),
    "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT": (SERVICES, "/cloudresourcemanager/v1/"),
    "GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT": (SERVICES, "/cloudresourcemanager/v3/"),
    "GOOGLE_CLOUD_RUN_V2_CUSTOM_ENDPOINT": (SERVICES, "/run/v2/"),
    "GOOGLE_CLOUD_SCHEDULER_CUSTOM_ENDPOINT": (SERVICES, "/cloudscheduler/v1/"),
    "GOOGLE_SHEETS_CUSTOM_ENDPOINT": (SERVICES, "/sheets/"),
}
STORAGE_HOST = "STORAGE_EMULATOR_HOST"
DEBUG_PROVIDERS = "PULUMI_DEBUG_PROVIDERS"
BACKEND = "PULUMI_BACKEND_URL"
CONFIG_PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"
OAUTH_TOKEN = "GOOGLE_OAUTH_ACCESS_TOKEN"

NAMES: tuple[str, ...] = (*ENDPOINTS, STORAGE_HOST, DEBUG_PROVIDERS, BACKEND, CONFIG_PASSPHRASE, OAUTH_TOKEN)


def state_folder(stated: Mapping[str, str] = os.environ) -> Path:
    """Where the local cloud keeps everything: $GCP_LOCAL_STATE, or `.gcp-local` in the current folder."""
    return Path(stated.get(STATED_STATE) or ".gcp-local").resolve()


def project(stated: Mapping[str, str] = os.environ) -> str:
    """Id of the one project: $GCP_LOCAL_PROJECT."""
    return stated.get(STATED_PROJECT) or "gcp-local"


def passphrase(stated: Mapping[str, str] = os.environ) -> str:
    """Of the stacks in the local backend: $GCP_LOCAL_PASSPHRASE. Known to everybody, it protects test values only."""
    return stated.get(STATED_PASSPHRASE) or "gcp-local"


def command(stated: Mapping[str, str] = os.environ) -> str:
    """What a person types before `up`, `env` and the others: $GCP_LOCAL_COMMAND."""
    return stated.get(STATED_COMMAND) or "gcp-local"


def state_variable(stated: Mapping[str, str] = os.environ) -> str:
    """The variable by which a person names the folder: $GCP_LOCAL_STATE_VARIABLE."""
    return stated.get(STATED_VARIABLE) or STATED_STATE


def url(port: int, path: str = "") -> str:
    """A loopback URL."""
    return f"http://{HOST}:{port}{path}"


def pulumi_folder(state: Path) -> Path:
    """Where Pulumi's file backend keeps the local stack."""
    return state / "pulumi"


def variables(ports: Mapping[str, int], state: Path, *, plugin: bool = False) -> dict[str, str]:
    """The variables that lead to the local cloud whose processes listen on `ports`.

    `plugin` leaves our provider out, so that the CLI starts the real gcp plugin.
    """
    values = {name: url(ports[process], path) for name, (process, path) in ENDPOINTS.items()}
    values[STORAGE_HOST] = url(ports[SERVICES])
    if not plugin:
        values[DEBUG_PROVIDERS] = f"gcp:{ports[PROVIDER]}"
    values[BACKEND] = f"file://{pulumi_folder(state.resolve())}"
    values[CONFIG_PASSPHRASE] = passphrase()
    values[OAUTH_TOKEN] = ACCESS_TOKEN
    return values


def exports(values: Mapping[str, str]) -> str:
    """Shell lines for a POSIX shell: an export for each value, and what an earlier call set is taken back."""
    taken_back = "".join(f"unset {name}\n" for name in NAMES if name not in values)
    return taken_back + "".join(f"export {name}={_quoted(value)}\n" for name, value in values.items())


def unsets() -> str:
    """Shell lines that undo `exports`, whatever it had set."""
    return "".join(f"unset {name}\n" for name in NAMES)


def _quoted(value: str) -> str:
    inner = value.replace("'", "'\"'\"'")
    return f"'{inner}'"
