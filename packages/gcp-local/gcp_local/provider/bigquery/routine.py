"""`gcp:bigquery/routine:Routine`: functions, table functions, procedures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from typing_extensions import override

from gcp_local.provider import rules
from gcp_local.provider.bodies import compact, given, parsed, pruned
from gcp_local.provider.cloud import BIGQUERY, Cloud
from gcp_local.provider.facts import Facts, paths
from gcp_local.provider.resource import Resource
from gcp_local.provider.values import Bag

SAME_NAME: Final = (
    "routineType language definitionBody description determinismLevel dataGovernanceType importedLibraries "
    "securityMode remoteFunctionOptions sparkOptions pythonOptions externalRuntimeOptions"
)

JSON_PROPERTIES = ("arguments.dataType", "arguments.tableType.columns.type", "returnType", "returnTableType")


class Routine(Resource):
    """A routine; its body is the body only, without CREATE."""

    id_template = "projects/{project}/datasets/{datasetId}/routines/{routineId}"
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

    @override
    def create(self, cloud: Cloud, inputs: Bag) -> str:
        """Make the routine."""
        wanted = self.wanted(cloud, inputs)
        identity = self.identity(wanted)
        cloud.call(BIGQUERY, "POST", identity.rpartition("/")[0], self._body(wanted))
        return identity

    @override
    def read(self, cloud: Cloud, identity: str, known: Bag) -> Bag | None:
        """The routine as BigQuery has it."""
        found = cloud.get(BIGQUERY, identity)
        if found is None:
            return None
        return {
            **given(found, f"{SAME_NAME} creationTime lastModifiedTime"),
            **self.parts(identity, cloud.project),
            "arguments": [_argument_output(each) for each in found.get("arguments") or []],
            "returnType": compact(found.get("returnType")),
            "returnTableType": compact(found.get("returnTableType")),
        }

    @override
    def update(self, cloud: Cloud, identity: str, former: Bag, inputs: Bag) -> None:
        """Write the whole routine."""
        cloud.call(BIGQUERY, "PUT", identity, self._body(self.wanted(cloud, inputs, former)))

    @override
    def delete(self, cloud: Cloud, identity: str, former: Bag) -> None:
        """Delete the routine."""
        cloud.remove(BIGQUERY, identity)

    def _body(self, wanted: Bag) -> Bag:
        names = {"project": "projectId", "datasetId": "datasetId", "routineId": "routineId"}
        body = {
            "routineReference": {there: wanted[here] for here, there in names.items()},
            **pruned(given(wanted, SAME_NAME)),
            "arguments": [_argument_body(each) for each in wanted.get("arguments") or []],
            "returnType": parsed(wanted.get("returnType")),
            "returnTableType": parsed(wanted.get("returnTableType")),
        }
        return {name: value for name, value in body.items() if value not in (None, [])}


def _argument_body(argument: Mapping[str, Any]) -> Bag:
    body = given(argument, "name argumentKind mode")
    if argument.get("dataType"):
        body["dataType"] = parsed(argument["dataType"])
    if argument.get("tableType"):
        columns = argument["tableType"].get("columns") or []
        body["tableType"] = {"columns": [{**column, "type": parsed(column.get("type"))} for column in columns]}
    return body


def _argument_output(argument: Mapping[str, Any]) -> Bag:
    found = given(argument, "name mode")
    found["argumentKind"] = argument.get("argumentKind") or "FIXED_TYPE"
    found["dataType"] = compact(argument.get("dataType"))
    if argument.get("tableType"):
        columns = argument["tableType"].get("columns") or []
        found["tableType"] = {"columns": [{**column, "type": compact(column.get("type"))} for column in columns]}
    return found
