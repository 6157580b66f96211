"""Lint rules on transactions, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.transactions import TRANSACTION_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import Breaches, Sounds, T, breaches, procedure, sounds

MUTEX = "UPDATE `eros_scheduling_brain.t_mutex` SET k = 1 WHERE k = 2;"
BOUND = (
    "IF v_tries = 5 THEN\nRAISE USING MESSAGE = `eros_scheduling_brain.transaction_failure`(v_error);\nEND IF;\n"
    "SET v_tries = v_tries + 1;"
)
SEED = "CALL `eros_scheduling_brain.seed_mutex`(p_now);"
KEEP = "SET v_error = @@error.message;"
UNDO = "BEGIN\nROLLBACK TRANSACTION;\nEXCEPTION WHEN ERROR THEN\nEND;"


def tries(
    inside: str = "",
    *,
    bound: str = BOUND,
    begin: str = "BEGIN TRANSACTION;",
    mutex: str = MUTEX,
    end: str = "COMMIT TRANSACTION;\nSET v_is_done = TRUE;",
    handler: str = f"{KEEP}\n{UNDO}",
    loop: str = "WHILE NOT v_is_done DO\n{}\nEND WHILE;",
) -> tuple[str, str]:
    """The loop stands on line 8, the transaction's block on line 13, its handler on line 19 without `inside`."""
    names = "DECLARE v_is_done BOOL DEFAULT FALSE;\nDECLARE v_tries INT64 DEFAULT 0;\nDECLARE v_error STRING;"
    parts = ("BEGIN", begin, mutex, inside, end, f"EXCEPTION WHEN ERROR THEN\n{handler}")
    block = "\n".join(part for part in parts if part)
    return procedure(f"{names}\nSELECT 1;\n" + loop.format(f"{bound}\n{block}\nEND;"))


BREACHES: Breaches = {
    "transaction-form": [
        (tries(mutex=f"UPDATE {T} SET k = 1 WHERE k = 2;"), 14),
        (tries(mutex="SET v_error = 'no';\n" + MUTEX), 14),
        (tries(begin="SET v_error = 'no';\nBEGIN TRANSACTION;"), 15),
        (tries(bound="SET v_tries = v_tries + 1;"), 10),
        (tries(loop="IF NOT v_is_done THEN\n{}\nEND IF;"), 14),
        (tries(end="SET v_is_done = TRUE;"), 13),
        (tries(end=f"COMMIT TRANSACTION;\nDELETE FROM {T} WHERE k = 1;"), 13),
        (tries(handler=f"{KEEP}\nROLLBACK TRANSACTION;"), 18),
        (tries(handler=f"{UNDO}\n{KEEP}"), 18),
        (tries(handler=f"SET v_error = 'lost';\n{UNDO}"), 18),
        (tries(handler=KEEP), 18),
        (tries(handler=f"{KEEP}\nBEGIN\nROLLBACK TRANSACTION;\nEND;"), 18),
        (tries(handler=f"{KEEP}\nBEGIN\nROLLBACK TRANSACTION;\nEXCEPTION WHEN ERROR THEN\nRAISE;\nEND;"), 18),
        (tries(handler=f"{KEEP}\n{UNDO}\nROLLBACK TRANSACTION;"), 18),
        (procedure("BEGIN TRANSACTION;\n" + MUTEX + "\nCOMMIT TRANSACTION;"), 4),
        (procedure("ROLLBACK TRANSACTION;"), 4),
        (procedure(SEED), 4),
        (tries(loop=f"{SEED}\nWHILE NOT v_is_done DO\n{{}}\nEND WHILE;"), 8),
        (tries(bound=f"{BOUND}\n{SEED}"), 13),
        (tries(begin=f"{SEED}\nBEGIN TRANSACTION;", mutex=f"UPDATE {T} SET k = 1 WHERE k = 2;"), 15),
    ],
    "transaction-statements": [
        (tries("CALL `eros_scheduling_brain.p_at`(p_now);"), 16),
        (tries("IF TRUE THEN\nCALL `eros_scheduling_brain.p_at`(p_now);\nEND IF;"), 17),
    ],
}

SOUND: Sounds = {
    "transaction-form": [
        tries(f"INSERT INTO {T} (k) VALUES (1);"),
        tries(loop="LOOP\n{}\nEND LOOP;"),
        tries(begin=f"{SEED}\nBEGIN TRANSACTION;"),
        tries(loop="WHILE TRUE DO\nIF NOT v_is_done THEN\n{}\nEND IF;\nEND WHILE;"),
        tries(handler=f"{KEEP}\n{UNDO}\nSET v_is_done = TRUE;"),
    ],
    "transaction-statements": [
        tries("CREATE OR REPLACE TEMP TABLE mine AS SELECT 1 AS k;"),
        procedure("CALL `eros_scheduling_brain.p_at`(p_now);"),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in TRANSACTION_RULES}


@pytest.mark.parametrize(("rule", "path", "text", "line"), breaches(BREACHES))
def test_a_breach_is_found_at_its_line_by_its_rule_and_no_other(
    prepared: Project, rule: str, path: str, text: str, line: int
) -> None:
    findings = prepared.write(path, text).findings()
    assert [(finding.location.line, finding.rule) for finding in findings] == [(line, rule)]
    assert findings[0].fix


@pytest.mark.parametrize(("path", "text"), sounds(SOUND))
def test_sound_sql_near_the_rule_is_left_alone(prepared: Project, path: Any, text: Any) -> None:
    assert prepared.write(path, text).places() == []
