"""The predefined roles this cloud knows, and what the few that matter to it allow."""

from __future__ import annotations

import re

from local_cloud.services.errors import not_emulated

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
serviceusage.apiKeysAdmin serviceusage.apiKeysViewer serviceusage.serviceUsageAdmin
serviceusage.serviceUsageConsumer serviceusage.serviceUsageViewer
storage.admin storage.bucketViewer storage.expressModeServiceInput storage.expressModeServiceOutput
storage.expressModeUserAccess storage.folderAdmin storage.hmacKeyAdmin storage.insightsCollectorService
storage.legacyBucketOwner storage.legacyBucketReader storage.legacyBucketWriter storage.legacyObjectOwner
storage.legacyObjectReader storage.objectAdmin storage.objectCreator storage.objectUser storage.objectViewer
"""
PREDEFINED = frozenset(f"roles/{name}" for name in _NAMES.split())
_FAMILIES = frozenset(role.partition(".")[0] for role in PREDEFINED if "." in role)

TOKEN_CREATORS = frozenset({"roles/iam.serviceAccountTokenCreator"})
JOB_CREATORS = frozenset(
    f"roles/{name}"
    for name in (
        "owner",
        "editor",
        "bigquery.admin",
        "bigquery.jobUser",
        "bigquery.studioAdmin",
        "bigquery.studioUser",
        "bigquery.user",
    )
)


def is_known(role: str) -> bool:
    """Whether the role can be granted. Raises 501 for roles of services that this cloud knows nothing of."""
    if re.fullmatch(r"(projects|organizations)/[a-z0-9-]+/roles/[A-Za-z0-9_.]{3,64}", role):
        raise not_emulated(f"the custom role {role}")
    if role in PREDEFINED:
        return True
    family, dot, _ = role.partition(".")
    if role.startswith("roles/") and dot and family not in _FAMILIES:
        raise not_emulated(f"the role {role}")
    return False


def fits_service_account(role: str) -> bool:
    """Whether the role can be granted on one service account."""
    return role.startswith(("roles/iam.serviceAccount", "roles/iam.workloadIdentityUser")) or role in (
        "roles/owner",
        "roles/editor",
        "roles/viewer",
        "roles/iam.securityAdmin",
        "roles/iam.securityReviewer",
    )


def fits_bucket(role: str) -> bool:
    """Whether the role can be granted on one bucket."""
    return role.startswith("roles/storage.") and role not in ("roles/storage.hmacKeyAdmin",)


def fits_project(role: str) -> bool:
    """Whether the role can be granted on the project."""
    return not role.startswith("roles/storage.legacy")
