"""The service object that the modules of Cloud Storage register with, and what of the API is absent."""

from __future__ import annotations

from gcp_local.services.registry import Service

SERVICE = Service(
    name="storage",
    title="Cloud Storage API",
    host="storage.googleapis.com",
    prefix="storage",
    needs_enabling=False,
    strict_query=False,
    notes=(
        "Objects, uploads and downloads (`storage.objects.*`, below `/storage/v1/b/BUCKET/o`, `/upload/storage/v1` "
        "and `/download/storage/v1`) are passed on to the object emulator: of buckets that exist here, only.",
        "Lifecycle rules, retention, versioning and soft delete are kept and answered; they do nothing to objects.",
    ),
)

_BUCKET = "/v1/b/{bucket}"
SERVICE.not_emulated(
    ("buckets.lockRetentionPolicy", "POST", _BUCKET + "/lockRetentionPolicy"),
    ("buckets.restore", "POST", _BUCKET + "/restore"),
    ("buckets.relocate", "POST", _BUCKET + "/relocate"),
    ("bucketAccessControls.list", "GET", _BUCKET + "/acl"),
    ("bucketAccessControls.insert", "POST", _BUCKET + "/acl"),
    ("bucketAccessControls.get", "GET", _BUCKET + "/acl/{entity}"),
    ("bucketAccessControls.patch", "PATCH", _BUCKET + "/acl/{entity}"),
    ("bucketAccessControls.update", "PUT", _BUCKET + "/acl/{entity}"),
    ("bucketAccessControls.delete", "DELETE", _BUCKET + "/acl/{entity}"),
    ("defaultObjectAccessControls.list", "GET", _BUCKET + "/defaultObjectAcl"),
    ("defaultObjectAccessControls.insert", "POST", _BUCKET + "/defaultObjectAcl"),
    ("notifications.list", "GET", _BUCKET + "/notificationConfigs"),
    ("notifications.insert", "POST", _BUCKET + "/notificationConfigs"),
    ("notifications.get", "GET", _BUCKET + "/notificationConfigs/{notification}"),
    ("notifications.delete", "DELETE", _BUCKET + "/notificationConfigs/{notification}"),
    ("folders.list", "GET", _BUCKET + "/folders"),
    ("folders.insert", "POST", _BUCKET + "/folders"),
    ("managedFolders.list", "GET", _BUCKET + "/managedFolders"),
    ("managedFolders.insert", "POST", _BUCKET + "/managedFolders"),
    ("projects.hmacKeys.list", "GET", "/v1/projects/{project}/hmacKeys"),
    ("projects.hmacKeys.create", "POST", "/v1/projects/{project}/hmacKeys"),
)
