from __future__ import annotations

import pytest

from googlesql_gate.analyzer import Analyzer
from googlesql_gate.catalog_builder import table_entry
from googlesql_gate.sqltypes import INT64, STRING, SqlType
from googlesql_gate.wasm import AnalyzerCrash, AnalyzerError

DEEP = "SELECT * FROM " + "(SELECT * FROM " * 2000 + "x" + ")" * 2000


def test_after_a_crash_the_next_call_works_on_a_new_instance(analyzer: Analyzer) -> None:
    analyzer.catalog.add(table_entry(("d", "t"), [("a", INT64)]))
    select = "SELECT t.a FROM d.t AS t"
    analyzer.analyze(select, analyzer.options(), {})
    with pytest.raises(AnalyzerCrash, match="nested too deeply"):
        analyzer.parse(DEEP)
    # What had been registered with the lost instance is registered again, not looked up under its old number.
    assert analyzer.analyze(select, analyzer.options(), {}).kind == "ResolvedQueryStmt"


def test_a_refusal_has_one_line_and_the_place_to_mend(analyzer: Analyzer) -> None:
    with pytest.raises(AnalyzerError) as caught:
        analyzer.analyze("SELECT\n  LOWER(1)", analyzer.options(), {})
    assert caught.value.at == (2, 3)
    assert "\n" not in caught.value.message
    assert "[at" not in caught.value.message


@pytest.mark.parametrize(("before", "after"), [(INT64, STRING), (STRING, INT64)])
def test_a_name_that_changed_its_type_is_seen_at_once(analyzer: Analyzer, before: SqlType, after: SqlType) -> None:
    def type_of_a() -> str:
        resolved = analyzer.analyze("SELECT t.a FROM t", analyzer.options(), {})
        return str(SqlType(resolved.nodes("output_column_list")[0].require("column").raw("type")))

    for data_type in (before, after):
        analyzer.catalog.add(table_entry(("t",), [("a", data_type)]))
        assert type_of_a() == str(data_type)


def test_a_variable_is_seen_and_forgotten(analyzer: Analyzer) -> None:
    analyzer.analyze("SELECT v_x + 1", analyzer.options(), {"v_x": INT64})
    with pytest.raises(AnalyzerError, match="No matching signature"):
        analyzer.analyze("SELECT v_x + 1", analyzer.options(), {"v_x": STRING})
    with pytest.raises(AnalyzerError, match="Unrecognized name: v_x"):
        analyzer.analyze("SELECT v_x + 1", analyzer.options(), {})


@pytest.mark.parametrize("name", ["ARRAY<STRUCT<a INT64, b ARRAY<STRING>>>", "STRUCT<FLOAT64, DATE>", "BIGNUMERIC"])
def test_types_print_as_they_are_written(analyzer: Analyzer, name: str) -> None:
    resolved = analyzer.analyze(f"SELECT CAST(NULL AS {name}) AS x", analyzer.options(), {})
    data_type = SqlType(resolved.nodes("output_column_list")[0].require("column").raw("type"))
    assert str(data_type) == name
    assert data_type == SqlType(resolved.nodes("output_column_list")[0].require("column").raw("type"))
