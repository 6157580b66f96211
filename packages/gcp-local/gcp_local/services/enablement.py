"""Which APIs the project may call: the APIs this cloud knows, those on in a new project, and the 403 for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError

COLLECTION = "serviceusage.services"


@dataclass(frozen=True)
class Api:
    """An API by its title. `needs` are APIs that are enabled with it; `agent` is the domain of its own account."""

    title: str
    default: bool = False
    needs: tuple[str, ...] = ()
    agent: str = ""


# On by default: what Google enables in a new project (docs.cloud.google.com/service-usage/docs/enabled-service), as
# far as this cloud knows it. Resource Manager and IAM are not among them. The newest edition of that page also lists
# Data Transfer; projects that are older than it lack it, so here it has to be enabled.
APIS = {
    "bigquery.googleapis.com": Api("BigQuery API", default=True),
    "bigqueryconnection.googleapis.com": Api("BigQuery Connection API", default=True),
    "bigquerydatapolicy.googleapis.com": Api("BigQuery Data Policy API", default=True),
    "bigquerydatatransfer.googleapis.com": Api(
        "BigQuery Data Transfer API",
        needs=("bigquery.googleapis.com",),
        agent="gcp-sa-bigquerydatatransfer",
    ),
    "bigquerymigration.googleapis.com": Api("BigQuery Migration API", default=True),
    "bigqueryreservation.googleapis.com": Api("BigQuery Reservation API", default=True),
    "bigquerystorage.googleapis.com": Api("BigQuery Storage API", default=True),
    "billingbudgets.googleapis.com": Api("Cloud Billing Budget API"),
    "cloudapis.googleapis.com": Api("Google Cloud APIs", default=True),
    "cloudbilling.googleapis.com": Api("Cloud Billing API"),
    "cloudkms.googleapis.com": Api("Cloud Key Management Service (KMS) API"),
    "cloudresourcemanager.googleapis.com": Api("Cloud Resource Manager API"),
    "cloudscheduler.googleapis.com": Api("Cloud Scheduler API", agent="gcp-sa-cloudscheduler"),
    "cloudtrace.googleapis.com": Api("Cloud Trace API", default=True),
    "dataform.googleapis.com": Api("Dataform API", default=True, agent="gcp-sa-dataform"),
    "dataplex.googleapis.com": Api("Cloud Dataplex API", default=True, agent="gcp-sa-dataplex"),
    "iam.googleapis.com": Api("Identity and Access Management (IAM) API", needs=("iamcredentials.googleapis.com",)),
    "iamcredentials.googleapis.com": Api("IAM Service Account Credentials API"),
    "logging.googleapis.com": Api("Cloud Logging API", default=True, agent="gcp-sa-logging"),
    "monitoring.googleapis.com": Api("Cloud Monitoring API", default=True, agent="gcp-sa-monitoring-notification"),
    "pubsub.googleapis.com": Api("Cloud Pub/Sub API", agent="gcp-sa-pubsub"),
    "run.googleapis.com": Api("Cloud Run Admin API", agent="serverless-robot-prod"),
    "servicemanagement.googleapis.com": Api("Service Management API", default=True),
    "serviceusage.googleapis.com": Api("Service Usage API", default=True),
    "storage-api.googleapis.com": Api("Google Cloud Storage JSON API", default=True),
    "storage-component.googleapis.com": Api("Cloud Storage", default=True),
    "storage.googleapis.com": Api("Cloud Storage API", default=True),
    "sheets.googleapis.com": Api("Google Sheets API"),
    "sts.googleapis.com": Api("Security Token Service API"),
}


def is_enabled(cloud: Cloud, host: str) -> bool:
    """Whether the project may call the API; one that nobody switched is as in a new project."""
    stored = cloud.store.get(COLLECTION, host)
    return bool(stored["enabled"]) if stored else APIS[host].default


def set_enabled(cloud: Cloud, host: str, enabled: bool) -> None:
    """Switch one API."""
    cloud.store.put(COLLECTION, host, {"enabled": enabled})


def require_enabled(cloud: Cloud, host: str) -> None:
    """Raise Google's 403 SERVICE_DISABLED unless the API is enabled."""
    if is_enabled(cloud, host):
        return
    title = APIS[host].title
    url = f"https://console.developers.google.com/apis/api/{host}/overview?project={cloud.number}"
    metadata = {
        "service": host,
        "serviceTitle": title,
        "consumer": f"projects/{cloud.number}",
        "containerInfo": cloud.number,
        "activationUrl": url,
    }
    raise ApiError(
        403,
        f"{title} has not been used in project {cloud.number} before or it is disabled. Enable it by visiting {url} "
        "then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our "
        "systems and retry.",
        reason="accessNotConfigured",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "SERVICE_DISABLED",
                "domain": "googleapis.com",
                "metadata": metadata,
            }
        ],
    )
