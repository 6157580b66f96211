"""`gcp:bigquery/routine:Routine`: functions, table functions, procedures."""

from __future__ import annotations

from local_cloud.provider import rules
from local_cloud.provider.facts import Facts, paths
from local_cloud.provider.resource import Resource

JSON_PROPERTIES = ("arguments.dataType", "arguments.tableType.columns.type", "returnType", "returnTableType")


class Routine(Resource):
    """A routine; its body is the body only, without CREATE."""

    facts = Facts(
        "gcp:bigquery/routine:Routine",
        force_new=paths("datasetId routineId routineType project"),
        computed=paths(
            "project deletionPolicy remoteFunctionOptions.userDefinedContext sparkOptions.archiveUris "
            "sparkOptions.fileUris sparkOptions.jarUris sparkOptions.pyFileUris sparkOptions.properties"
        ),
        defaults={"arguments.argumentKind": "FIXED_TYPE"},
        enums={
            "routineType": ("SCALAR_FUNCTION", "PROCEDURE", "TABLE_VALUED_FUNCTION"),
            "language": ("SQL", "JAVASCRIPT", "PYTHON", "JAVA", "SCALA", ""),
            "arguments.argumentKind": ("FIXED_TYPE", "ANY_TYPE", "FIXED_TABLE", ""),
            "arguments.mode": ("IN", "OUT", "INOUT", ""),
            "dataGovernanceType": ("DATA_MASKING", ""),
            "determinismLevel": ("DETERMINISM_LEVEL_UNSPECIFIED", "DETERMINISTIC", "NOT_DETERMINISTIC", ""),
            "securityMode": ("DEFINER", "INVOKER", ""),
        },
        checks=dict.fromkeys(JSON_PROPERTIES, rules.json_text),
        normalize=dict.fromkeys(JSON_PROPERTIES, rules.compact_json),
        same=dict.fromkeys(JSON_PROPERTIES, rules.same_json),
    )
