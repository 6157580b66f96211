"""Every resource type that the provider knows."""

from __future__ import annotations

from collections.abc import Mapping

from local_cloud.provider.bigquery.dataset import Dataset
from local_cloud.provider.bigquery.dataset_member import DatasetIamMember
from local_cloud.provider.bigquery.job import Job
from local_cloud.provider.bigquery.routine import Routine
from local_cloud.provider.bigquery.table import Table
from local_cloud.provider.bigquery.table_member import TableIamMember
from local_cloud.provider.billing import Budget
from local_cloud.provider.cloud_logging import Metric, ProjectSink
from local_cloud.provider.custom_role import IAMCustomRole
from local_cloud.provider.datatransfer import DataTransferConfig
from local_cloud.provider.errors import ProviderError
from local_cloud.provider.monitoring.alert_policy import AlertPolicy
from local_cloud.provider.monitoring.channel import NotificationChannel
from local_cloud.provider.monitoring.dashboard import Dashboard
from local_cloud.provider.projects import ProjectIAMMember, Service, ServiceIdentity
from local_cloud.provider.pubsub import Subscription, Topic
from local_cloud.provider.resource import Resource
from local_cloud.provider.serviceaccount import Account, AccountIAMMember
from local_cloud.provider.storage.bucket import Bucket
from local_cloud.provider.storage.bucket_member import BucketIAMMember
from local_cloud.provider.storage.bucket_object import BucketObject

CLASSES: tuple[type[Resource], ...] = (
    Dataset, Table, TableIamMember, Routine, DatasetIamMember, Job, DataTransferConfig, Bucket, BucketIAMMember,
    BucketObject, Account, AccountIAMMember, Service, ServiceIdentity, ProjectIAMMember, IAMCustomRole,
    NotificationChannel, AlertPolicy, Dashboard, Metric, ProjectSink, Topic, Subscription, Budget,
)  # fmt: skip

RESOURCES: Mapping[str, Resource] = {cls.facts.type: cls() for cls in CLASSES}


def warm() -> None:
    """Load the properties of every type, so that the first request need not."""
    for each in RESOURCES.values():
        _ = each.root


def resource(type_token: str) -> Resource:
    """The resource type of a token; raises ProviderError that names an unknown one."""
    try:
        return RESOURCES[type_token]
    except KeyError:
        message = f"the local cloud's gcp provider does not know the resource type {type_token}"
        raise ProviderError(f"{message}; it knows: {', '.join(sorted(RESOURCES))}") from None
