"""Which objects a text names, and what for."""

from __future__ import annotations

import pytest

from gcp_local.services.transfer.references import references


def named(sql: str) -> list[tuple[str, str]]:
    return [(".".join(found.parts), found.verb) for found in references(sql)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CALL `p.ds.job`()", [("p.ds.job", "CALL")]),
        ("SELECT a.x FROM `p.ds.t` AS a", [("a.x", ""), ("p.ds.t", "")]),
        ("SELECT 1 FROM my-project.ds.t", [("my-project.ds.t", "")]),
        ("SELECT x-y.z FROM ds.t", [("x-y.z", ""), ("ds.t", "")]),
        ("INSERT INTO ds.t (a) SELECT a FROM ds.s", [("ds.t", "INSERT"), ("ds.s", "")]),
        ("insert ds.t values (1)", [("ds.t", "INSERT")]),
        ("DELETE FROM `ds`.`t` WHERE TRUE", [("ds.t", "DELETE")]),
        ("UPDATE ds.t SET a = 1 WHERE TRUE", [("ds.t", "UPDATE")]),
        ("TRUNCATE TABLE ds.t", [("ds.t", "TRUNCATE")]),
        ("CREATE OR REPLACE TABLE ds.t AS SELECT * FROM ds.s", [("ds.t", "CREATE"), ("ds.s", "")]),
        ("DROP TABLE IF EXISTS ds.t", [("ds.t", "DROP")]),
        (
            "MERGE ds.t USING ds.s ON TRUE WHEN NOT MATCHED THEN INSERT ROW WHEN MATCHED THEN DELETE",
            [("ds.t", "MERGE"), ("ds.s", "")],
        ),
        ("SELECT 'FROM ds.t', \"ds.u\", r'\\', '''a'b ds.v''' -- ds.w\n# ds.x\n/* ds.y */", []),
        ("SELECT ds.f(x), 1.5, t FROM UNNEST([1]) AS t", [("ds.f", "")]),
    ],
)
def test_each_name_comes_with_what_its_statement_does_to_it(sql: str, expected: list[tuple[str, str]]) -> None:
    assert named(sql) == expected
