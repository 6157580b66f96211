"""Which roles exist, where each can be granted, and what the few that matter to this cloud allow."""

from __future__ import annotations

import re

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import not_emulated

# Custom roles by their full names; kept by `custom_roles`.
CUSTOM_ROLES = "iam.roles"
CUSTOM = re.compile(r"projects/[a-z0-9-]+/roles/[A-Za-z0-9_.]{3,64}")

_NAMES = """
owner editor viewer browser
bigquery.admin bigquery.connectionAdmin bigquery.connectionUser bigquery.dataEditor bigquery.dataOwner
bigquery.dataViewer bigquery.filteredDataViewer bigquery.jobUser bigquery.metadataViewer
bigquery.readSessionUser bigquery.resourceAdmin bigquery.resourceEditor bigquery.resourceViewer
bigquery.routineAdmin bigquery.routineDataEditor bigquery.routineMetadataViewer bigquery.securityAdmin
bigquery.studioAdmin bigquery.studioUser bigquery.user
bigquerydatapolicy.admin bigquerydatapolicy.maskedReader
bigquerydatatransfer.serviceAgent
billing.admin billing.costsManager billing.creator billing.projectManager billing.user billing.viewer
cloudkms.admin cloudkms.cryptoKeyDecrypter cloudkms.cryptoKeyEncrypter cloudkms.cryptoKeyEncrypterDecrypter
cloudkms.viewer
cloudscheduler.admin cloudscheduler.jobRunner cloudscheduler.serviceAgent cloudscheduler.viewer
iam.denyAdmin iam.denyReviewer iam.organizationRoleAdmin iam.organizationRoleViewer iam.roleAdmin iam.roleViewer
iam.securityAdmin iam.securityReviewer iam.serviceAccountAdmin iam.serviceAccountCreator
iam.serviceAccountDeleter iam.serviceAccountKeyAdmin iam.serviceAccountOpenIdTokenCreator
iam.serviceAccountTokenCreator iam.serviceAccountUser iam.serviceAccountViewer iam.workloadIdentityPoolAdmin
iam.workloadIdentityPoolViewer iam.workloadIdentityUser
logging.admin logging.bucketWriter logging.configWriter logging.fieldAccessor logging.linkViewer
logging.logWriter logging.privateLogViewer logging.serviceAgent logging.sqlAlertWriter logging.viewAccessor
logging.viewer
monitoring.admin monitoring.alertPolicyEditor monitoring.alertPolicyViewer monitoring.dashboardEditor
monitoring.dashboardViewer monitoring.editor monitoring.metricsScopesAdmin monitoring.metricsScopesViewer
monitoring.metricWriter monitoring.notificationChannelEditor monitoring.notificationChannelViewer
monitoring.notificationServiceAgent monitoring.servicesEditor monitoring.servicesViewer
monitoring.snoozeEditor monitoring.snoozeViewer monitoring.uptimeCheckConfigEditor
monitoring.uptimeCheckConfigViewer monitoring.viewer
pubsub.admin pubsub.editor pubsub.publisher pubsub.serviceAgent pubsub.subscriber pubsub.viewer
resourcemanager.projectCreator resourcemanager.projectDeleter resourcemanager.projectIamAdmin
resourcemanager.projectMover resourcemanager.tagAdmin resourcemanager.tagUser resourcemanager.tagViewer
run.admin run.builder run.developer run.invoker run.jobsExecutor run.jobsExecutorWithOverrides run.serviceAgent
run.sourceDeveloper run.sourceViewer run.viewer
serviceusage.apiKeysAdmin serviceusage.apiKeysViewer serviceusage.serviceUsageAdmin
serviceusage.serviceUsageConsumer serviceusage.serviceUsageViewer
storage.admin storage.bucketViewer storage.expressModeServiceInput storage.expressModeServiceOutput
storage.expressModeUserAccess storage.folderAdmin storage.hmacKeyAdmin storage.insightsCollectorService
storage.legacyBucketOwner storage.legacyBucketReader storage.legacyBucketWriter storage.legacyObjectOwner
storage.legacyObjectReader storage.objectAdmin storage.objectCreator storage.objectUser storage.objectViewer
"""
PREDEFINED = frozenset(f"roles/{name}" for name in _NAMES.split())
_FAMILIES = frozenset(role.partition(".")[0] for role in PREDEFINED if "." in role)

TRANSFER_AGENT = "roles/bigquerydatatransfer.serviceAgent"

# What a role allows, as far as this cloud decides by it (cloud.google.com/iam/docs/roles-permissions). The basic roles
# say nothing of a dataset's contents: there its access list counts (cloud.google.com/bigquery/docs/access-control).
_READ = ("bigquery.datasets.get", "bigquery.routines.get", "bigquery.routines.list")
_VIEW = (*_READ, "bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.list")
_EDIT = (
    *_VIEW, "bigquery.routines.create", "bigquery.routines.delete", "bigquery.routines.update",
    "bigquery.tables.create", "bigquery.tables.delete", "bigquery.tables.update", "bigquery.tables.updateData",
)  # fmt: skip
_JOB, _ALL_JOBS, _TOKEN = "bigquery.jobs.create", "bigquery.jobs.listAll", "iam.serviceAccounts.getAccessToken"
_PUBLISH = "pubsub.topics.publish"
_TRANSFERS = "bigquery.transfers.get"
_SEE_OBJECTS = ("storage.objects.get", "storage.objects.list")
_ALL_OBJECTS = (*_SEE_OBJECTS, "storage.objects.create", "storage.objects.delete", "storage.objects.update")
_ALLOWED: dict[str, tuple[str, ...]] = {
    "owner": (_JOB, _ALL_JOBS, _PUBLISH),
    "editor": (_JOB, _PUBLISH),
    "bigquery.admin": (*_EDIT, _JOB, _ALL_JOBS, _TRANSFERS),
    "bigquery.dataEditor": _EDIT,
    "bigquery.dataOwner": _EDIT,
    "bigquery.dataViewer": _VIEW,
    "bigquery.jobUser": (_JOB,),
    "bigquery.metadataViewer": (*_READ, "bigquery.tables.get", "bigquery.tables.list"),
    "bigquery.resourceAdmin": (_ALL_JOBS,),
    "bigquery.resourceViewer": (_ALL_JOBS,),
    "bigquery.routineAdmin": (*_READ[1:], *_EDIT[6:9]),
    "bigquery.routineDataEditor": (*_READ[1:], *_EDIT[6:9]),
    "bigquery.routineMetadataViewer": _READ[1:],
    "bigquery.studioAdmin": (*_EDIT, _JOB, _ALL_JOBS, _TRANSFERS),
    "bigquery.studioUser": (_JOB,),
    "bigquery.user": (_JOB, *_READ, "bigquery.tables.list", _TRANSFERS),
    # Google's list also has getAccessToken; the service has been seen to ask for it on the account all the same
    # (github.com/googleapis/google-cloud-python/issues/10406), so here it must be granted there.
    "bigquerydatatransfer.serviceAgent": (_JOB,),
    "iam.serviceAccountTokenCreator": (_TOKEN,),
    "pubsub.admin": (_PUBLISH,),
    "pubsub.editor": (_PUBLISH,),
    "pubsub.publisher": (_PUBLISH,),
    "storage.admin": _ALL_OBJECTS,
    "storage.objectAdmin": _ALL_OBJECTS,
    "storage.objectCreator": ("storage.objects.create",),
    "storage.objectUser": _ALL_OBJECTS,
    "storage.objectViewer": _SEE_OBJECTS,
}
PERMISSIONS = frozenset(permission for allowed in _ALLOWED.values() for permission in allowed)


def allowed_by(cloud: Cloud, role: str) -> frozenset[str]:
    """The permissions that this cloud knows the role to give; a custom role that was deleted gives none."""
    if role.startswith("roles/"):
        return frozenset(_ALLOWED.get(role.removeprefix("roles/"), ()))
    custom = cloud.store.get(CUSTOM_ROLES, role)
    if custom is None or custom.get("deleted"):
        return frozenset()
    return frozenset(custom.get("includedPermissions", ()))


def is_known(cloud: Cloud, role: str) -> bool:
    """Whether the role can be granted. Raises 501 for roles of services that this cloud knows nothing of."""
    if CUSTOM.fullmatch(role):
        custom = cloud.store.get(CUSTOM_ROLES, role)
        return custom is not None and not custom.get("deleted")
    if role.startswith("organizations/"):
        raise not_emulated(f"the role {role} of an organization")
    if role in PREDEFINED:
        return True
    family, dot, _ = role.partition(".")
    if role.startswith("roles/") and dot and family not in _FAMILIES:
        raise not_emulated(f"the role {role}")
    return False


def fits_service_account(role: str) -> bool:
    """Whether the role can be granted on one service account."""
    forms = ("roles/iam.serviceAccount", "roles/iam.workloadIdentityUser", "projects/")
    return role.startswith(forms) or role in (
        "roles/owner",
        "roles/editor",
        "roles/viewer",
        "roles/iam.securityAdmin",
        "roles/iam.securityReviewer",
    )


def fits_bucket(role: str) -> bool:
    """Whether the role can be granted on one bucket."""
    return role.startswith(("roles/storage.", "projects/")) and role != "roles/storage.hmacKeyAdmin"


def fits_pubsub(role: str) -> bool:
    """Whether the role can be granted on one topic or subscription."""
    return role.startswith(("roles/pubsub.", "projects/")) or role in ("roles/owner", "roles/editor", "roles/viewer")


def fits_key(role: str) -> bool:
    """Whether the role can be granted on one key of KMS."""
    return role.startswith(("roles/cloudkms.", "projects/")) or role in ("roles/owner", "roles/editor", "roles/viewer")


def fits_run(role: str) -> bool:
    """Whether the role can be granted on one job of Cloud Run."""
    return role.startswith(("roles/run.", "projects/")) or role in ("roles/owner", "roles/editor", "roles/viewer")


def fits_project(role: str) -> bool:
    """Whether the role can be granted on the project."""
    return not role.startswith("roles/storage.legacy")
