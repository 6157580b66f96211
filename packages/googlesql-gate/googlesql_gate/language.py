"""Which GoogleSQL BigQuery speaks: the analyzer's options.

The analyzer knows more than BigQuery (features of Google's other databases) and lacks a few things of BigQuery's: what
BigQuery has is listed here, what the analyzer lacks of it, tables and functions, in `bigquery`.
"""

from __future__ import annotations

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2
from zetasql.wasi._pb2.zetasql.proto import options_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as public_options_pb2
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2

from googlesql_gate.protos import Proto
from googlesql_gate.sqltypes import SqlType
from googlesql_gate.wasm import Service


def _words(text: str) -> list[str]:
    return text.split()


# Features by what Google's GoogleSQL reference for BigQuery documents (docs/reference/standard-sql: the page is in the
# comment). What is not listed is off: an operator that BigQuery lacks must not pass here.
_FEATURES = [
    # query-syntax
    *_words("""
        ALLOW_CONSECUTIVE_ON ALLOW_DASHES_IN_TABLE_NAME BY_NAME CORRESPONDING CORRESPONDING_FULL FOR_SYSTEM_TIME_AS_OF
        GROUPING_BUILTIN GROUPING_SETS GROUP_BY_ALL GROUP_BY_ARRAY GROUP_BY_ROLLUP GROUP_BY_STRUCT MATCH_RECOGNIZE
        MULTI_GROUPING_SETS NULLS_FIRST_LAST_IN_ORDER_BY PIVOT QUALIFY SELECT_STAR_EXCEPT_REPLACE TABLESAMPLE
        TABLE_VALUED_FUNCTIONS UNNEST_AND_FLATTEN_ARRAYS UNPIVOT WITH_ON_SUBQUERY WITH_RECURSIVE
        DISALLOW_PIVOT_AND_UNPIVOT_ON_ARRAY_SCANS SINGLE_TABLE_NAME_ARRAY_PATH
    """),
    # pipe-syntax
    *_words("PIPES PIPE_NAMED_WINDOWS PIPE_STATIC_DESCRIBE PIPE_WITH PIPE_RECURSIVE_UNION"),
    # operators, conditional_expressions, format-elements, lexical
    *_words("""
        BARE_ARRAY_ACCESS CHAINED_FUNCTION_CALLS DATE_ARITHMETICS FORMAT_IN_CAST IS_DISTINCT LIKE_ANY_SOME_ALL
        LITERAL_CONCATENATION NAMED_ARGUMENTS WITH_EXPRESSION STRUCT_POSITIONAL_ACCESSOR CAST_DIFFERENT_ARRAY_TYPES
        OPT_IN_NEW_BEHAVIOR_NOT_LIKE_ANY_SOME_ALL IMPLICIT_COERCION_STRING_LITERAL_TO_BYTES
        ENFORCE_CONDITIONAL_EVALUATION
    """),
    # data-types, collation-concepts
    *_words("""
        BIGNUMERIC_TYPE CIVIL_TIME COLLATION_SUPPORT ORDER_BY_COLLATE COLLATION_IN_EXPLICIT_CAST
        COLLATION_IN_WITH_RECURSIVE ANNOTATION_FRAMEWORK DECIMAL_ALIAS GEOGRAPHY INTERVAL_TYPE JSON_TYPE NUMERIC_TYPE
        PARAMETERIZED_TYPES RANGE_TYPE DISABLE_FLOAT32 TIMESTAMP_PICOS TIMESTAMP_PRECISION
    """),
    # aggregate, window, approximate and hll functions, differential-privacy
    *_words("""
        ANALYTIC_FUNCTIONS BITWISE_AGGREGATE_BYTES_SIGNATURES HAVING_IN_AGGREGATE KLL_WEIGHTS LIMIT_IN_AGGREGATE
        NULL_HANDLING_MODIFIER_IN_AGGREGATE NULL_HANDLING_MODIFIER_IN_ANALYTIC ORDER_BY_IN_AGGREGATE
        AGGREGATION_THRESHOLD DIFFERENTIAL_PRIVACY
    """),
    # string, array, mathematical, date, timestamp, time-series and utility functions
    *_words("""
        ADDITIONAL_STRING_FUNCTIONS ALLOW_REGEXP_EXTRACT_OPTIONALS ARRAY_GREATEST_LEAST CBRT_FUNCTIONS
        CONCAT_MIXED_TYPES DATE_TIME_CONSTRUCTORS ENABLE_EDIT_DISTANCE_BYTES ENABLE_FLOAT_DISTANCE_FUNCTIONS ENCRYPTION
        EXTENDED_DATE_TIME_SIGNATURES EXTENDED_GEOGRAPHY_PARSERS FIRST_AND_LAST_N INVERSE_TRIG_FUNCTIONS
        PARSE_TIMESTAMP_WITH_PRECISION_AND_TIMEZONE REPEAT ROUND_WITH_ROUNDING_MODE SAFE_FUNCTION_CALL
        TIME_BUCKET_FUNCTIONS TYPEOF_FUNCTION WEEK_WITH_WEEKDAY
    """),
    # json_functions
    *_words("""
        ENABLE_CONSTANT_EXPRESSION_IN_JSON_PATH JSON_ARRAY_FUNCTIONS JSON_ARRAY_VALUE_EXTRACTION_FUNCTIONS
        JSON_CONSTRUCTOR_FUNCTIONS JSON_FLATTEN_FUNCTION JSON_KEYS_FUNCTION JSON_LAX_VALUE_EXTRACTION_FUNCTIONS
        JSON_MORE_VALUE_EXTRACTION_FUNCTIONS JSON_MUTATOR_FUNCTIONS JSON_QUERY_LAX JSON_STRICT_NUMBER_PARSING
        JSON_SUBFIELDS_WITH_SET JSON_VALUE_EXTRACTION_FUNCTIONS
    """),
    # dml-syntax, procedural-language
    *_words("""
        CASE_STMT CORRELATED_REFS_IN_NESTED_DML DML_UPDATE_WITH_JOIN FOR_IN OMIT_INSERT_COLUMN_LIST REPEAT SCRIPT_LABEL
    """),
    # data-definition-language
    *_words("""
        ALLOW_LEGACY_ROW_ACCESS_POLICY_SYNTAX ALLOW_MISSING_PATH_EXPRESSION_IN_ALTER_DDL ALTER_COLUMN_SET_DATA_TYPE
        ALTER_MATERIALIZED_VIEW_ALTER_COLUMN_SET_OPTIONS ALTER_TABLE_RENAME_COLUMN ALTER_VIEWS_ALTER_COLUMN_SET_OPTIONS
        CLONE_DATA COLUMN_DEFAULT_VALUE CREATE_AGGREGATE_FUNCTION CREATE_EXTERNAL_TABLE_WITH_CONNECTION
        CREATE_EXTERNAL_TABLE_WITH_PARTITION_COLUMNS CREATE_EXTERNAL_TABLE_WITH_TABLE_ELEMENT_LIST
        CREATE_FUNCTION_LANGUAGE_WITH_CONNECTION CREATE_MATERIALIZED_VIEW_AS_REPLICA_OF
        CREATE_MATERIALIZED_VIEW_CLUSTER_BY CREATE_MATERIALIZED_VIEW_PARTITION_BY CREATE_SNAPSHOT_TABLE
        CREATE_TABLE_AS_SELECT_COLUMN_LIST CREATE_TABLE_CLONE CREATE_TABLE_CLUSTER_BY CREATE_TABLE_COPY
        CREATE_TABLE_FIELD_ANNOTATIONS CREATE_TABLE_FUNCTION CREATE_TABLE_LIKE CREATE_TABLE_NOT_NULL
        CREATE_TABLE_PARTITION_BY CREATE_TABLE_WITH_CONNECTION CREATE_VIEWS_WITH_COLUMN_OPTIONS
        CREATE_VIEW_WITH_COLUMN_LIST EXTERNAL_SECURITY_PROCEDURE FOREIGN_KEYS LOAD_DATA_PARTITIONS LOAD_DATA_TEMP_TABLE
        NON_SQL_PROCEDURE REMOTE_FUNCTION REMOTE_MODEL RUN_STATEMENT TEMPLATE_FUNCTIONS UNENFORCED_PRIMARY_KEYS
    """),
]

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
    options.ClearField("enabled_language_features")
    options.enabled_language_features.extend(sorted({_feature(name) for name in _FEATURES}))
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


def _feature(name: str) -> int:
    return int(public_options_pb2.LanguageFeature.Value(f"FEATURE_{name}"))
