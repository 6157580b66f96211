"""Which GoogleSQL BigQuery speaks: the analyzer's options.

The analyzer knows more than BigQuery (features of Google's other databases) and lacks a few things of BigQuery's;
both differences are stated here and, for tables and functions, in `bigquery`.
"""

from __future__ import annotations

import re

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2
from zetasql.wasi._pb2.zetasql.proto import options_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public_options_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2

from local_cloud.analyzer.protos import Proto
from local_cloud.analyzer.sqltypes import SqlType
from local_cloud.analyzer.wasm import Service


def _words(text: str) -> list[str]:
    return text.split()


_ALSO_IN_BIGQUERY = _words("""
    ALTER_COLUMN_SET_DATA_TYPE ALTER_MATERIALIZED_VIEW_ALTER_COLUMN_SET_OPTIONS CLONE_DATA COLLATION_SUPPORT
    CREATE_EXTERNAL_TABLE_WITH_PARTITION_COLUMNS CREATE_TABLE_CLONE CREATE_VIEWS_WITH_COLUMN_OPTIONS
    EXTERNAL_SECURITY_PROCEDURE INVERSE_TRIG_FUNCTIONS NON_SQL_PROCEDURE RUN_STATEMENT
""")

_NOT_IN_BIGQUERY = _words("""
    ARRAY_ORDERING DML_RETURNING EXPERIMENTAL_MODULES FOR_UPDATE GENERATED_COLUMNS INSERT_ON_CONFLICT_CLAUSE
    LATERAL_JOIN LIMIT_OFFSET_EXPRESSIONS NULLIFZERO_ZEROIFNULL TOKENIZED_SEARCH UUID_TYPE
""")

_STATEMENTS = _words("""
    ALTER_MATERIALIZED_VIEW ALTER_SCHEMA ALTER_TABLE ALTER_VIEW ASSERT ASSIGNMENT AUX_LOAD_DATA BEGIN CALL CLONE_DATA
    COMMIT CREATE_EXTERNAL_TABLE CREATE_FUNCTION CREATE_INDEX CREATE_MATERIALIZED_VIEW CREATE_PROCEDURE
    CREATE_ROW_ACCESS_POLICY CREATE_SCHEMA CREATE_SNAPSHOT_TABLE CREATE_TABLE CREATE_TABLE_AS_SELECT
    CREATE_TABLE_FUNCTION CREATE_VIEW DELETE DROP DROP_FUNCTION DROP_INDEX DROP_MATERIALIZED_VIEW
    DROP_ROW_ACCESS_POLICY DROP_SNAPSHOT_TABLE DROP_TABLE_FUNCTION EXECUTE_IMMEDIATE EXPORT_DATA GRANT INSERT MERGE
    QUERY REVOKE ROLLBACK TRUNCATE UNDROP UPDATE
""")

_SYSTEM_VARIABLES = {
    "row_count": "INT64",
    "time_zone": "STRING",
    "project_id": "STRING",
    "dataset_id": "STRING",
    "dataset_project_id": "STRING",
    "last_job_id": "STRING",
    "session_id": "STRING",
    "query_label": "STRING",
    "script.job_id": "STRING",
    "script.bytes_processed": "INT64",
    "script.bytes_billed": "INT64",
    "script.creation_time": "TIMESTAMP",
    "script.num_child_jobs": "INT64",
    "script.slot_ms": "INT64",
}
_HANDLER_VARIABLES = {
    "error.message": "STRING",
    "error.statement_text": "STRING",
    "error.formatted_stack_trace": "STRING",
}
_STACK_FRAME = {"line": "INT64", "column": "INT64", "filename": "STRING", "location": "STRING"}


def language_options(service: Service) -> Proto:
    """BigQuery's language, as far as the analyzer can be told."""
    everything = local_service_pb2.LanguageOptionsRequest(maximum_features=True)
    options = service.call("GetLanguageOptions", everything, options_pb2.LanguageOptionsProto)
    options.product_mode = public_options_pb2.PRODUCT_EXTERNAL
    features = [feature for feature in options.enabled_language_features if _in_bigquery(feature)]
    features += [getattr(public_options_pb2, "FEATURE_" + name) for name in _ALSO_IN_BIGQUERY]
    options.ClearField("enabled_language_features")
    options.enabled_language_features.extend(features)
    # The service answers "queries only"; an empty list would mean every statement there is.
    options.ClearField("supported_statement_kinds")
    options.supported_statement_kinds.extend(
        getattr(resolved_node_kind_pb2, f"RESOLVED_{name}_STMT") for name in _STATEMENTS
    )
    return options


def analyzer_options(language: Proto, *, in_handler: bool = False) -> Proto:
    """Options of one analysis; `in_handler` adds what only an EXCEPTION block sees."""
    options = options_pb2.AnalyzerOptionsProto(
        error_message_mode=public_options_pb2.ERROR_MESSAGE_ONE_LINE,
        default_timezone="UTC",
        prune_unused_columns=True,
    )
    options.language_options.CopyFrom(language)
    variables = {name: SqlType.simple(kind) for name, kind in _SYSTEM_VARIABLES.items()}
    if in_handler:
        variables |= {name: SqlType.simple(kind) for name, kind in _HANDLER_VARIABLES.items()}
        frame = SqlType.struct((name, SqlType.simple(kind)) for name, kind in _STACK_FRAME.items())
        variables["error.stack_trace"] = SqlType.array(frame)
    for name, data_type in variables.items():
        options.system_variables.add(name_path=name.split(".")).type.CopyFrom(data_type.proto)
    return options


def _in_bigquery(feature: int) -> bool:
    name = public_options_pb2.LanguageFeature.Name(feature)
    return re.sub(r"^FEATURE_(V_1_\d_)?", "", name) not in _NOT_IN_BIGQUERY
