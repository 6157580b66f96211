"""What the declared tables and procedures of this repository keep out for good."""

from __future__ import annotations

from itertools import pairwise

from catalog import Catalog
from catalog.cursor import Cursor
from catalog.model import TimePartitioning
from catalog.references import referenced_name
from catalog.schema import walk
from catalog.script import parse_block, statements

WRITING = ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE")


def test_money_is_a_number_and_never_text(declared: Catalog) -> None:
    # defect: C18
    wrong = [
        f"{table.name}.{path}"
        for table in declared.tables.values()
        for path, column in walk(table.columns)
        if path.split("_")[-1] in ("price", "earnings", "revenue", "emv") and column.type not in ("FLOAT64", "NUMERIC")
    ]
    assert wrong == []
    prices = {column.name: column.type for column in declared.tables["schedule_recommendations"].columns}
    assert prices["recommended_price"] == "FLOAT64"


def test_a_table_by_time_states_how_long_it_keeps_its_rows(declared: Catalog) -> None:
    """By its partitions' expiration, which the label repeats, or by a label where nothing may go by itself."""
    days, wrong = 24 * 60 * 60 * 1000, []
    for table in declared.tables.values():
        layout, label = table.partitioning, table.labels.get("retention")
        if table.is_source or not isinstance(layout, TimePartitioning) or table.name == "caption_locks":
            continue  # leases end by themselves and hold nothing that anybody looks back at
        if layout.expiration_ms is None and label not in ("until_archived", "unlimited"):
            wrong.append(f"{table.name}: partitions never expire, and no label says why")
        elif layout.expiration_ms and label not in (None, f"{layout.expiration_ms // days}d"):
            wrong.append(f"{table.name}: label {label}, expiration {layout.expiration_ms // days} days")
    assert wrong == []


def test_what_was_learned_or_decided_does_not_expire_before_it_is_archived(declared: Catalog) -> None:
    for name in ("message_caption_matches", "schedule_recommendations", "active_caption_assignments"):
        table = declared.tables[name]
        assert isinstance(table.partitioning, TimePartitioning)
        assert table.partitioning.expiration_ms is None, "setting one deletes older partitions at once"
        assert table.labels["retention"] == "until_archived"
        assert "kept until archived" in table.description


def test_tables_with_revenue_or_what_people_did_are_restricted(declared: Catalog) -> None:
    restricted = {name for name, table in declared.tables.items() if table.labels.get("data_class") == "restricted"}
    assert restricted >= {"creator_reports", "schedule_export_log", "audit_log", "mass_messages", "caption_bank"}


def test_the_statistics_of_captions_are_changed_by_one_statement(declared: Catalog) -> None:
    # defect: R8
    changes = []
    for name, routine in declared.routines.items():
        if routine.kind == "PROCEDURE":
            script = parse_block(Cursor(routine.sql.source, routine.sql.tokens))
            for statement in statements([script]):
                targets = [referenced_name(token) for token in statement.tokens[1:3]]
                if statement.starts_with_any(*WRITING) and "caption_bandit_stats" in targets:
                    changes.append((name, statement.tokens[0].upper))
    assert changes == [("update_caption_performance_at", "MERGE")]


def test_every_transaction_begins_with_the_mutex_of_its_own_lock(declared: Catalog) -> None:
    # defects: R1, R2. The transaction that changes the table second is cancelled, whatever else the two have in
    # common; locks of different things lie in different tables and leave each other alone.
    begun = {}
    for name, routine in declared.routines.items():
        if routine.kind == "PROCEDURE":
            script = parse_block(Cursor(routine.sql.source, routine.sql.tokens))
            for statement, following in pairwise(statements([script])):
                if statement.starts("BEGIN", "TRANSACTION"):
                    begun[name] = (following.tokens[0].upper, referenced_name(following.tokens[1]))
    assert begun == {
        "claim_job_run": ("UPDATE", "daily_automation_mutex"),
        "lock_caption_assignments_at": ("UPDATE", "platform_mutex"),
        "match_message_captions": ("UPDATE", "feedback_mutex"),
        "update_caption_performance_at": ("UPDATE", "feedback_mutex"),
    }


def test_the_row_of_a_lock_is_added_in_one_place(declared: Catalog) -> None:
    added = set()
    for name, routine in declared.routines.items():
        if routine.kind == "PROCEDURE":
            script = parse_block(Cursor(routine.sql.source, routine.sql.tokens))
            for statement in statements([script]):
                if statement.starts_with_any("INSERT", "MERGE"):
                    added |= {(name, referenced_name(token)) for token in statement.tokens[1:3]}
    locks = {table for table in declared.tables if table.endswith("_mutex")}
    assert {(name, table) for name, table in added if table in locks} == {("seed_mutex", table) for table in locks}


def test_the_checks_of_signatures_are_one_form(declared: Catalog) -> None:
    # They stay four files of plain SQL: each is signed off by itself, and whoever doubts one can paste it.
    checks = {
        "v5.1": ("update_caption_performance", "()"),
        "v5.2": ("run_daily_automation", "(DATE)"),
        "v5.3": ("sweep_expired_caption_locks", "()"),
        "v5.4": ("select_captions_for_creator", "(STRING, STRING, INT64, INT64, INT64, INT64)"),
    }
    texts = {id_: declared.checks[id_].sql.text for id_ in checks}
    forms = {
        texts[id_]
        .replace(f"'{name}'", "'NAME'")
        .replace(f"procedure {name} ", "procedure NAME ")
        .replace(f"not {types}'", "not TYPES'")
        .replace(f"'{types}'", "'TYPES'")
        for id_, (name, types) in checks.items()
    }
    (form,) = forms
    assert (form.count("NAME"), form.count("TYPES")) == (2, 2)


def test_a_queued_page_can_be_claimed_counted_and_given_back(declared: Catalog) -> None:
    # defect: L18
    columns = {column.name: column.type for column in declared.tables["schedule_generation_queue"].columns}
    needed = {
        "status": "STRING",
        "attempts": "INT64",
        "lease_expires_at": "TIMESTAMP",
        "processed_at": "TIMESTAMP",
        "error_message": "STRING",
    }
    assert needed.items() <= columns.items()
