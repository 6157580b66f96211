"""Every resource type that the provider knows."""

from __future__ import annotations

from collections.abc import Mapping

from gcp_local.provider.audit_config import IAMAuditConfig
from gcp_local.provider.bigquery.dataset import Dataset
from gcp_local.provider.bigquery.dataset_member import DatasetIamMember
from gcp_local.provider.bigquery.job import Job
from gcp_local.provider.bigquery.routine import Routine
from gcp_local.provider.bigquery.table import Table
from gcp_local.provider.bigquery.table_member import TableIamMember
from gcp_local.provider.billing import Budget
from gcp_local.provider.cloud_logging import Metric, ProjectSink
from gcp_local.provider.custom_role import IAMCustomRole
from gcp_local.provider.datatransfer import DataTransferConfig
from gcp_local.provider.errors import ProviderError
from gcp_local.provider.kms import CryptoKey, CryptoKeyIAMMember, KeyRing
from gcp_local.provider.log_bucket import ProjectBucketConfig
from gcp_local.provider.monitoring.alert_policy import AlertPolicy
from gcp_local.provider.monitoring.channel import NotificationChannel
from gcp_local.provider.monitoring.dashboard import Dashboard
from gcp_local.provider.monitoring.objectives import CustomService, Slo
from gcp_local.provider.projects import ProjectIAMMember, Service, ServiceIdentity
from gcp_local.provider.pubsub.subscription import Subscription
from gcp_local.provider.pubsub.topic import Topic
from gcp_local.provider.pubsub.topic_member import TopicIAMMember
from gcp_local.provider.quotas import ConsumerQuotaOverride
from gcp_local.provider.resource import Resource
from gcp_local.provider.run import Job as RunJob
from gcp_local.provider.run import JobIamMember
from gcp_local.provider.scheduler import Job as SchedulerJob
from gcp_local.provider.serviceaccount import Account, AccountIAMMember
from gcp_local.provider.storage.bucket import Bucket
from gcp_local.provider.storage.bucket_member import BucketIAMMember
from gcp_local.provider.storage.bucket_object import BucketObject
from gcp_local.provider.workload_identity import WorkloadIdentityPool, WorkloadIdentityPoolProvider

CLASSES: tuple[type[Resource], ...] = (
    Dataset, Table, TableIamMember, Routine, DatasetIamMember, Job, DataTransferConfig, Bucket, BucketIAMMember,
    BucketObject, Account, AccountIAMMember, Service, ServiceIdentity, ProjectIAMMember, IAMCustomRole,
    NotificationChannel, AlertPolicy, Dashboard, CustomService, Slo, Metric, ProjectSink, Topic, Subscription,
    TopicIAMMember,
    Budget, KeyRing, CryptoKey, CryptoKeyIAMMember, WorkloadIdentityPool, WorkloadIdentityPoolProvider, IAMAuditConfig,
    ProjectBucketConfig, ConsumerQuotaOverride, RunJob, JobIamMember, SchedulerJob,
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
