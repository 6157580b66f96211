"""What a bucket resource may hold."""

from __future__ import annotations

from gcp_local.services.fields import (
    BOOL,
    INT32,
    INT64,
    STRING,
    STRINGS,
    TIMESTAMP,
    FieldType,
    MapOf,
    Message,
    Repeated,
)


def _message(**fields: FieldType) -> Message:
    return Message(fields, keep_defaults=True)


CONDITION = _message(
    age=INT32,
    createdBefore=STRING,
    customTimeBefore=STRING,
    daysSinceCustomTime=INT32,
    daysSinceNoncurrentTime=INT32,
    isLive=BOOL,
    matchesPattern=STRING,
    matchesPrefix=STRINGS,
    matchesStorageClass=STRINGS,
    matchesSuffix=STRINGS,
    noncurrentTimeBefore=STRING,
    numNewerVersions=INT32,
)
RULE = _message(action=_message(type=STRING, storageClass=STRING), condition=CONDITION)
ACCESS_SWITCH = _message(enabled=BOOL, lockedTime=TIMESTAMP)

BUCKET = Message(
    {
        "acl": Repeated(MapOf(STRING)),
        "autoclass": _message(
            enabled=BOOL,
            toggleTime=TIMESTAMP,
            terminalStorageClass=STRING,
            terminalStorageClassUpdateTime=TIMESTAMP,
        ),
        "billing": _message(requesterPays=BOOL),
        "cors": Repeated(
            _message(maxAgeSeconds=INT32, method=STRINGS, origin=STRINGS, responseHeader=STRINGS),
        ),
        "customPlacementConfig": _message(dataLocations=STRINGS),
        "defaultEventBasedHold": BOOL,
        "defaultObjectAcl": Repeated(MapOf(STRING)),
        "encryption": _message(defaultKmsKeyName=STRING),
        "hierarchicalNamespace": _message(enabled=BOOL),
        "iamConfiguration": _message(
            bucketPolicyOnly=ACCESS_SWITCH,
            uniformBucketLevelAccess=ACCESS_SWITCH,
            publicAccessPrevention=STRING,
        ),
        "labels": MapOf(STRING, keep_nulls=True),
        "lifecycle": _message(rule=Repeated(RULE)),
        "location": STRING,
        "logging": _message(logBucket=STRING, logObjectPrefix=STRING),
        "name": STRING,
        "retentionPolicy": _message(effectiveTime=TIMESTAMP, isLocked=BOOL, retentionPeriod=INT64),
        "rpo": STRING,
        "softDeletePolicy": _message(effectiveTime=TIMESTAMP, retentionDurationSeconds=INT64),
        "storageClass": STRING,
        "versioning": _message(enabled=BOOL),
        "website": _message(mainPageSuffix=STRING, notFoundPage=STRING),
    },
    output_only=frozenset(
        {
            "etag",
            "generation",
            "hardDeleteTime",
            "id",
            "ipFilter",
            "kind",
            "locationType",
            "metageneration",
            "objectRetention",
            "owner",
            "projectNumber",
            "satisfiesPZI",
            "satisfiesPZS",
            "selfLink",
            "softDeleteTime",
            "timeCreated",
            "updated",
        }
    ),
    keep_defaults=True,
)
