"""What a project stands on, as cases of `test_provider`: keys, identities of others, audit, log retention, a budget."""

from __future__ import annotations

from provider_engine import Case

from gcp_local import environment

PROJECT = environment.project()
RING, KEY = "gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey"
KEY_MEMBER = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
AUDIT, BUCKET_CONFIG = (
    "gcp:projects/iAMAuditConfig:IAMAuditConfig",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig",
)
BUDGET = "gcp:billing/budget:Budget"
QUOTA = "gcp:serviceusage/consumerQuotaOverride:ConsumerQuotaOverride"
# As a program states them: the provider puts both into an address without encoding anything.
USAGE = {"service": "bigquery.googleapis.com", "metric": "bigquery.googleapis.com%2Fquota%2Fquery%2Fusage"}
USAGE_PATH = f"projects/{PROJECT}/services/{USAGE['service']}/consumerQuotaMetrics/{USAGE['metric']}/limits"
BASE_RING = f"projects/{PROJECT}/locations/us/keyRings/base"
POOLS = f"projects/{PROJECT}/locations/global/workloadIdentityPools"
NUMBERED = f"projects/{environment.PROJECT_NUMBER}/locations/global/workloadIdentityPools"
ACCOUNT = "0123AB-4567CD-89EF01"
PULLS = "assertion.repository == 'acme/shop'"
HALF = {"thresholdPercent": 0.5, "spendBasis": "CURRENT_SPEND"}

GROUND = [
    Case(
        RING,
        {"name": "made", "location": "us"},
        id=f"projects/{PROJECT}/locations/us/keyRings/made",
        known={"name": "made", "location": "us", "project": PROJECT},
        stays=True,
    ),
    Case(
        KEY,
        {"name": "made", "keyRing": BASE_RING, "rotationPeriod": "7776000s", "labels": {"env": "dev"}},
        id=f"{BASE_RING}/cryptoKeys/made",
        known={"purpose": "ENCRYPT_DECRYPT", "destroyScheduledDuration": "2592000s", "importOnly": False,
               "versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"},
               "primaries": [{"name": f"{BASE_RING}/cryptoKeys/made/cryptoKeyVersions/1", "state": "ENABLED"}]},
        change={"rotationPeriod": "2592000s", "labels": {"env": "prod"}},
        changed={"rotationPeriod": "UPDATE", "labels.env": "UPDATE", "pulumiLabels.env": "UPDATE",
                 "effectiveLabels.env": "UPDATE"},
        unknown=("id", "primaries", "versionTemplate"),
        stays=True,
    ),
    Case(
        KEY_MEMBER,
        {"cryptoKeyId": f"{BASE_RING}/cryptoKeys/base", "role": "roles/cloudkms.cryptoKeyDecrypter",
         "member": "user:Me@Example.com"},
        id=f"{BASE_RING}/cryptoKeys/base/roles/cloudkms.cryptoKeyDecrypter/user:me@example.com",
        known={"member": "user:me@example.com"},
        unknown=("id", "etag"),
    ),
    Case(
        KEY_MEMBER,
        {"cryptoKeyId": f"{BASE_RING}/cryptoKeys/base", "role": "roles/cloudkms.viewer",
         "member": f"principalSet://iam.googleapis.com/{NUMBERED}/base/attribute.repository/acme/shop",
         "condition": {"title": "a while", "expression": "true"}},
        id=f"{BASE_RING}/cryptoKeys/base/roles/cloudkms.viewer/principalSet://iam.googleapis.com/{NUMBERED}/base",
        kind="federated",
        known={"member": f"principalSet://iam.googleapis.com/{NUMBERED}/base/attribute.repository/acme/shop"},
        unknown=("id", "etag"),
    ),
    Case(
        POOL,
        {"workloadIdentityPoolId": "made", "displayName": "GitHub"},
        id=f"{POOLS}/made",
        known={"name": f"{NUMBERED}/made", "mode": "FEDERATION_ONLY", "state": "ACTIVE", "disabled": False},
        change={"displayName": "Workflows", "disabled": True},
        changed={"displayName": "UPDATE", "disabled": "UPDATE"},
        unknown=("id", "name", "state", "mode"),
    ),
    Case(
        PROVIDER,
        {"workloadIdentityPoolId": "base", "workloadIdentityPoolProviderId": "made", "attributeCondition": PULLS,
         "attributeMapping": {"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"},
         "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"}},
        id=f"{POOLS}/base/providers/made",
        known={"name": f"{NUMBERED}/base/providers/made", "state": "ACTIVE", "attributeCondition": PULLS, "aws": None},
        change={"attributeMapping": {"google.subject": "assertion.sub"}, "attributeCondition": f"{PULLS} && true"},
        changed={"attributeMapping.attribute.repository": "DELETE", "attributeCondition": "UPDATE"},
        unknown=("id", "name", "state"),
    ),
    Case(
        AUDIT,
        {"project": PROJECT, "service": "storage.googleapis.com",
         "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:a@example.com"]}]},
        id=f"{PROJECT}/audit_config/storage.googleapis.com",
        known={"project": PROJECT, "service": "storage.googleapis.com"},
        change={"auditLogConfigs": [{"logType": "DATA_READ"}, {"logType": "DATA_WRITE"}]},
        unknown=("id", "etag"),
    ),
    Case(
        BUCKET_CONFIG,
        {"project": PROJECT, "location": "global", "bucketId": "_Default", "retentionDays": 90},
        id=f"projects/{PROJECT}/locations/global/buckets/_Default",
        known={"retentionDays": 90, "lifecycleState": "ACTIVE", "description": "Default bucket", "locked": False},
        change={"retentionDays": 120},
        changed={"retentionDays": "UPDATE"},
        unknown=("id", "name", "lifecycleState"),
        stays=True,
    ),
    Case(
        BUDGET,
        {"billingAccount": ACCOUNT, "displayName": "made", "thresholdRules": [HALF],
         "budgetFilter": {"projects": [f"projects/{environment.PROJECT_NUMBER}"]},
         "amount": {"specifiedAmount": {"units": "50"}}},
        id=f"billingAccounts/{ACCOUNT}/budgets/",
        known={"displayName": "made",
               "amount": {"lastPeriodAmount": False,
                          "specifiedAmount": {"units": "50", "nanos": 0, "currencyCode": "USD"}}},
        change={"amount": {"specifiedAmount": {"units": "60"}},
                "thresholdRules": [HALF, {"thresholdPercent": 1.0, "spendBasis": "FORECASTED_SPEND"}]},
        unknown=("id", "name"),
    ),
    Case(
        QUOTA,
        {**USAGE, "limit": "%2Fd%2Fproject", "overrideValue": "1048576", "force": True},
        id=f"{USAGE_PATH}/%2Fd%2Fproject/consumerOverrides/Cg1RdW90YU92ZXJyaWRl",
        known={"name": "Cg1RdW90YU92ZXJyaWRl", "overrideValue": "1048576"},
        change={"overrideValue": "1024"},
        changed={"overrideValue": "UPDATE"},
        unknown=("id", "name"),
    ),
]  # fmt: skip
