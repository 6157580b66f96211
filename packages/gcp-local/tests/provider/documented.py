"""What the gcp provider's documentation states of its inputs: the required ones, the enumerations.

Sources: the validators in google-beta/services/ of hashicorp/terraform-provider-google-beta, and the arguments without
a default in the Pulumi SDK. `*` stands for any block.
"""

from __future__ import annotations

REQUIRED: dict[str, str] = {
    "gcp:bigquery/dataset:Dataset": "datasetId",
    "gcp:bigquery/table:Table": "datasetId tableId",
    "gcp:bigquery/iamMember:IamMember": "datasetId member role tableId",
    "gcp:bigquery/routine:Routine": "datasetId definitionBody routineId routineType",
    "gcp:bigquery/datasetIamMember:DatasetIamMember": "datasetId member role",
    "gcp:bigquery/job:Job": "jobId",
    "gcp:bigquery/dataTransferConfig:DataTransferConfig": "dataSourceId displayName params",
    "gcp:storage/bucket:Bucket": "location",
    "gcp:storage/bucketIAMMember:BucketIAMMember": "bucket member role",
    "gcp:storage/bucketObject:BucketObject": "bucket",
    "gcp:serviceaccount/account:Account": "",
    "gcp:serviceaccount/iAMMember:IAMMember": "member role serviceAccountId",
    "gcp:projects/service:Service": "service",
    "gcp:projects/serviceIdentity:ServiceIdentity": "service",
    "gcp:serviceusage/consumerQuotaOverride:ConsumerQuotaOverride": "limit metric overrideValue service",
    "gcp:projects/iAMMember:IAMMember": "member project role",
    "gcp:projects/iAMCustomRole:IAMCustomRole": "permissions title",
    "gcp:monitoring/notificationChannel:NotificationChannel": "type",
    "gcp:monitoring/alertPolicy:AlertPolicy": "combiner conditions displayName",
    "gcp:monitoring/dashboard:Dashboard": "dashboardJson",
    "gcp:monitoring/customService:CustomService": "",
    "gcp:monitoring/slo:Slo": "goal service",
    "gcp:logging/metric:Metric": "filter",
    "gcp:logging/projectSink:ProjectSink": "destination",
    "gcp:pubsub/topic:Topic": "",
    "gcp:pubsub/subscription:Subscription": "topic",
    "gcp:pubsub/topicIAMMember:TopicIAMMember": "member role topic",
    "gcp:billing/budget:Budget": "amount billingAccount",
    "gcp:kms/keyRing:KeyRing": "location",
    "gcp:kms/cryptoKey:CryptoKey": "keyRing",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": "cryptoKeyId member role",
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": "workloadIdentityPoolId",
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": (
        "workloadIdentityPoolId workloadIdentityPoolProviderId"
    ),
    "gcp:cloudrunv2/job:Job": "location template",
    "gcp:cloudrunv2/jobIamMember:JobIamMember": "member role",
    "gcp:cloudscheduler/job:Job": "",
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": "auditLogConfigs project service",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": "bucketId location project",
}

EMPTY = "''"  # the word for empty text below

ENUMERATIONS: dict[str, dict[str, str]] = {
    "gcp:bigquery/table:Table": {
        "timePartitioning.type": "DAY HOUR MONTH YEAR",
        "externalDataConfiguration.sourceFormat": (
            "AVRO BIGTABLE CSV DATASTORE_BACKUP DELTA_LAKE GOOGLE_SHEETS ICEBERG NEWLINE_DELIMITED_JSON ORC PARQUET"
        ),
        "externalDataConfiguration.compression": "GZIP NONE",
        "externalDataConfiguration.csvOptions.encoding": "ISO-8859-1 UTF-8",
        "externalDataConfiguration.csvOptions.sourceColumnMatch": "NAME POSITION",
        "externalDataConfiguration.jsonOptions.encoding": "UTF-16BE UTF-16LE UTF-32BE UTF-32LE UTF-8",
        "externalDataConfiguration.jsonExtension": "GEOJSON",
        "externalDataConfiguration.metadataCacheMode": "AUTOMATIC MANUAL",
    },
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
        "mode": "'' FEDERATION_ONLY SYSTEM_TRUST_DOMAIN TRUST_DOMAIN",
        "inlineCertificateIssuanceConfig.keyAlgorithm": "'' ECDSA_P256 ECDSA_P384 RSA_2048 RSA_3072 RSA_4096",
    },
    "gcp:bigquery/routine:Routine": {
        "routineType": "PROCEDURE SCALAR_FUNCTION TABLE_VALUED_FUNCTION",
        "language": "'' JAVA JAVASCRIPT PYTHON SCALA SQL",
        "arguments.argumentKind": "'' ANY_TYPE FIXED_TABLE FIXED_TYPE",
        "arguments.mode": "'' IN INOUT OUT",
        "dataGovernanceType": "'' DATA_MASKING",
        "determinismLevel": "'' DETERMINISM_LEVEL_UNSPECIFIED DETERMINISTIC NOT_DETERMINISTIC",
        "securityMode": "'' DEFINER INVOKER",
    },
    "gcp:bigquery/job:Job": {
        "*.createDisposition": "'' CREATE_IF_NEEDED CREATE_NEVER",
        "*.writeDisposition": "'' WRITE_APPEND WRITE_EMPTY WRITE_TRUNCATE",
        "query.priority": "'' BATCH INTERACTIVE",
        "query.scriptOptions.keyResultStatement": "'' FIRST_SELECT LAST",
    },
    "gcp:storage/bucket:Bucket": {
        "lifecycleRules.condition.withState": "'' ANY ARCHIVED LIVE",
        "ipFilter.mode": "Disabled Enabled",
        "*.restrictionMode": "FullyRestricted NotRestricted",
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": {
        "stage": "ALPHA BETA DEPRECATED DISABLED EAP GA",
    },
    "gcp:monitoring/alertPolicy:AlertPolicy": {
        "combiner": "AND AND_WITH_MATCHING_RESOURCE OR",
        "severity": "'' CRITICAL ERROR WARNING",
        "*.comparison": "COMPARISON_EQ COMPARISON_GE COMPARISON_GT COMPARISON_LE COMPARISON_LT COMPARISON_NE",
        "*.crossSeriesReducer": (
            "'' REDUCE_COUNT REDUCE_COUNT_FALSE REDUCE_COUNT_TRUE REDUCE_FRACTION_TRUE REDUCE_MAX "
            "REDUCE_MEAN REDUCE_MIN REDUCE_NONE REDUCE_PERCENTILE_05 REDUCE_PERCENTILE_50 "
            "REDUCE_PERCENTILE_95 REDUCE_PERCENTILE_99 REDUCE_STDDEV REDUCE_SUM"
        ),
        "*.perSeriesAligner": (
            "'' ALIGN_COUNT ALIGN_COUNT_FALSE ALIGN_COUNT_TRUE ALIGN_DELTA ALIGN_FRACTION_TRUE "
            "ALIGN_INTERPOLATE ALIGN_MAX ALIGN_MEAN ALIGN_MIN ALIGN_NEXT_OLDER ALIGN_NONE "
            "ALIGN_PERCENTILE_05 ALIGN_PERCENTILE_50 ALIGN_PERCENTILE_95 ALIGN_PERCENTILE_99 "
            "ALIGN_PERCENT_CHANGE ALIGN_RATE ALIGN_STDDEV ALIGN_SUM"
        ),
        "*.evaluationMissingData": (
            "'' EVALUATION_MISSING_DATA_ACTIVE EVALUATION_MISSING_DATA_INACTIVE EVALUATION_MISSING_DATA_NO_OP"
        ),
        "alertStrategy.notificationPrompts": "CLOSED NOTIFICATION_PROMPT_UNSPECIFIED OPENED",
    },
    "gcp:monitoring/slo:Slo": {"calendarPeriod": "'' DAY FORTNIGHT MONTH WEEK"},
    "gcp:logging/metric:Metric": {
        "metricDescriptor.metricKind": "CUMULATIVE DELTA GAUGE",
        "metricDescriptor.valueType": "BOOL DISTRIBUTION DOUBLE INT64 MONEY STRING",
        "metricDescriptor.labels.valueType": "'' BOOL INT64 STRING",
    },
    "gcp:pubsub/topic:Topic": {
        "schemaSettings.encoding": "'' BINARY ENCODING_UNSPECIFIED JSON",
        "ingestionDataSourceSettings.platformLogsSettings.severity": (
            "'' DEBUG DISABLED ERROR INFO SEVERITY_UNSPECIFIED WARNING"
        ),
    },
    "gcp:cloudrunv2/job:Job": {
        "launchStage": "'' ALPHA BETA DEPRECATED EARLY_ACCESS GA PRELAUNCH UNIMPLEMENTED",
        "template.template.executionEnvironment": "'' EXECUTION_ENVIRONMENT_GEN1 EXECUTION_ENVIRONMENT_GEN2",
        "template.template.volumes.emptyDir.medium": "'' DISK MEMORY",
        "template.template.vpcAccess.egress": "'' ALL_TRAFFIC PRIVATE_RANGES_ONLY",
    },
    "gcp:billing/budget:Budget": {
        "budgetFilter.calendarPeriod": "'' CALENDAR_PERIOD_UNSPECIFIED MONTH QUARTER YEAR",
        "budgetFilter.creditTypesTreatment": "'' EXCLUDE_ALL_CREDITS INCLUDE_ALL_CREDITS INCLUDE_SPECIFIED_CREDITS",
        "ownershipScope": "'' ALL_USERS BILLING_ACCOUNT OWNERSHIP_SCOPE_UNSPECIFIED",
        "thresholdRules.spendBasis": "'' CURRENT_SPEND FORECASTED_SPEND",
    },
}
