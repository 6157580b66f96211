"""The acceptance checks on a deployment: sound, they all pass; broken, exactly those fail that look at what broke.

A case runs the checks that see the broken objects by the catalog's dependencies (any other cannot be affected), and
all of those but the expected ones must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from operations.verify import Outcome, Verifier, connect, select
from settings.errors import ErosError
from tests.sql.breakable import (
    DATASET,
    MONDAY,
    TODAY,
    TOMORROW,
    WEEK,
    Platform,
    export,
    lock,
    message,
    of_week,
    run,
    statistics,
)
from tests.sql.emulator import PROJECT
from tests.sql.warehouse import Warehouse

Break = Callable[[Platform], object]
D = "eros_scheduling_brain"
EXPORT_VIEW = "schedule_recommendations_messages"


@pytest.fixture(scope="module")
def platform(deployed_warehouse: Warehouse) -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as environment:
        endpoint = deployed_warehouse.endpoint
        environment.setenv("GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT", f"{endpoint}/bigquery/v2/")
        yield Platform(endpoint, deployed_warehouse.client, deployed_warehouse.catalog)


def verified(platform: Platform, ids: list[str] | None = None) -> dict[str, Outcome]:
    verifier = Verifier(connect(platform.outputs), platform.outputs, platform.checks, routines=platform.routines)
    return {outcome.id: outcome for outcome in verifier.run(ids or select(platform.checks, ()))}


def failures(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """What each failed check says."""
    return {
        outcome.id: " | ".join([*outcome.details, outcome.error]) for outcome in outcomes.values() if not outcome.passed
    }


def sql(script: str) -> Break:
    return lambda platform: platform.sql(script)


def redefined(name: str, before: str, after: str) -> Break:
    return lambda platform: platform.redefine(name, before, after)


def inserted(table: str, *rows: dict[str, object]) -> Break:
    return lambda platform: platform.insert(table, rows)


def both(*breaks: Break) -> Break:
    def broken(platform: Platform) -> None:
        for each in breaks:
            each(platform)

    return broken


def dropped(kind: str, name: str) -> Break:
    return sql(f"DROP {kind} `{D}.{name}`")


def replaced_by_a_constant(head: str, result: str) -> Break:
    return sql(f"CREATE OR REPLACE FUNCTION `{D}.{head} AS ({result})")


def new_holiday(name: str, kind: str, factor: float) -> str:
    return (
        f"INSERT INTO `{D}.holiday_calendar` (holiday_date, holiday_name, holiday_type, saturation_impact_factor)"
        f" VALUES (DATE '{TODAY.year}-08-08', '{name}', '{kind}', {factor})"
    )


def without_layout(platform: Platform) -> None:
    platform.sql(f"""
        CREATE TABLE `{D}.plain` AS SELECT * EXCEPT (last_emv_observed) FROM `{D}.caption_bandit_stats`;
        DROP TABLE `{D}.caption_bandit_stats`;
        CREATE TABLE `{D}.caption_bandit_stats` AS SELECT * FROM `{D}.plain`;
        DROP TABLE `{D}.plain`
    """)


def view_became_a_table(platform: Platform) -> None:
    platform.sql(f"""
        CREATE TABLE `{D}.plain` AS SELECT * FROM `{D}.{EXPORT_VIEW}`;
        DROP VIEW `{D}.{EXPORT_VIEW}`;
        CREATE TABLE `{D}.{EXPORT_VIEW}` AS SELECT * FROM `{D}.plain`;
        DROP TABLE `{D}.plain`
    """)


NOT_THERE = "does not exist"
# What is broken: the objects to mend afterwards, how, and what each check that must fail says.
CASES: Mapping[str, tuple[list[str], Break, Mapping[str, str]]] = {
    "a function and a procedure are dropped": (
        ["wilson_sample", "sweep_expired_caption_locks"],
        sql(f"DROP FUNCTION `{D}.wilson_sample`; DROP PROCEDURE `{D}.sweep_expired_caption_locks`"),
        {
            "d1": "routine sweep_expired_caption_locks does not exist | routine wilson_sample does not exist",
            "v1.1": "function wilson_sample does not exist",
            "v1.4": "procedure sweep_expired_caption_locks does not exist",
            "v2.4": "wilson_sample",
            "v5.3": "procedure sweep_expired_caption_locks does not exist",
        },
    ),
    "procedures take other arguments": (
        ["run_daily_automation", "select_captions_for_creator", "update_caption_performance"],
        sql(f"""
            CREATE OR REPLACE PROCEDURE `{D}.run_daily_automation`(p_day STRING) BEGIN SELECT p_day; END;
            CREATE OR REPLACE PROCEDURE `{D}.select_captions_for_creator`(p_page STRING) BEGIN SELECT p_page; END;
            CREATE OR REPLACE PROCEDURE `{D}.update_caption_performance`(p_days INT64) BEGIN SELECT p_days; END
        """),
        {
            "v5.1": "the arguments are (INT64), not ()",
            "v5.2": "the arguments are (STRING), not (DATE)",
            "v5.4": "the arguments are (STRING), not (STRING, STRING, INT64, INT64, INT64, INT64)",
            "d3": "run_daily_automation takes (p_day STRING), declared is (p_execution_date DATE)",
        },
    ),
    "arguments have another order, another mode, another name": (
        ["wilson_sample", "select_captions_for_creator", "caption_selection_at"],
        both(
            redefined("wilson_sample", "p_s INT64, p_f INT64", "p_f INT64, p_s INT64"),
            redefined(
                "select_captions_for_creator", "p_behavioral_segment STRING", "INOUT p_behavioral_segment STRING"
            ),
            redefined("caption_selection_at", "p_draw", "p_dice"),
        ),
        {
            "v5.4": "the arguments are (STRING, INOUT STRING, INT64, INT64, INT64, INT64), not (STRING, STRING, INT64,",
            "d3": "p_dice STRING), declared is (p_page STRING, p_segment STRING, p_budget INT64, p_mid INT64, p_premium"
            " INT64, p_bump INT64, p_now TIMESTAMP, p_draw STRING) | select_captions_for_creator takes"
            " (p_normalized_page_name STRING, INOUT p_behavioral_segment STRING,",
        },
    ),
    "the key of every caption is the same": (
        ["caption_key_v2"],
        replaced_by_a_constant("caption_key_v2`(p_message STRING) RETURNS STRING", "TO_HEX(SHA256('x'))"),
        {"v2.1": "6 different texts have 1 different keys", "v8.1": "of 1,000 calls 1 gave a key of its own"},
    ),
    "bounds are a constant that is in order": (
        ["wilson_score_bounds"],
        replaced_by_a_constant(
            "wilson_score_bounds`(p_s INT64, p_f INT64)"
            " RETURNS STRUCT<lower_bound FLOAT64, upper_bound FLOAT64, exploration_bonus FLOAT64>",
            "STRUCT(0.45 AS lower_bound, 0.55 AS upper_bound, 0.1 AS exploration_bonus)",
        ),
        {"v2.3": "bounds of (90, 10) are 0.45 to 0.55", "v8.1": "1 different ones"},
    ),
    "functions answer with something else": (
        ["caption_key", "wilson_sample", "caption_target"],
        sql(f"""
            CREATE OR REPLACE FUNCTION `{D}.caption_key`(p_message STRING) RETURNS STRING AS (TO_HEX(MD5(p_message)));
            CREATE OR REPLACE FUNCTION `{D}.wilson_sample`(p_s INT64, p_f INT64) RETURNS FLOAT64 AS (0.5);
            CREATE OR REPLACE FUNCTION `{D}.caption_target`(p_size_tier STRING, p_risk_level STRING)
            RETURNS INT64 AS (60)
        """),
        {
            "v2.2": "by caption_key_v2",
            "v2.4": "of 100 draws 100 lie within 0.403830 to 0.596170, 1 are different",
            "s2.1": "SMALL and HIGH give 60 captions, not 42",
        },
    ),
    "hours are those of UTC": (
        ["la_hour"],
        redefined("la_hour", "America/Los_Angeles", "UTC"),
        {"v7.1": "la_hour differs", "s5": "schedule alice-1"},
    ),
    "tables are dropped, one of them a source": (
        ["schedule_export_log", "mass_messages"],
        sql(f"DROP TABLE `{D}.schedule_export_log`; DROP TABLE `{D}.mass_messages`"),
        {
            "d1": "table mass_messages does not exist | table schedule_export_log does not exist",
            "v1.2": "table schedule_export_log does not exist",
            "v3.4": "column schedule_id does not exist",
            "s1": "mass_messages",
            "s4": "schedule_export_log",
        },
    ),
    "a column is dropped": (
        ["holiday_calendar"],
        sql(f"ALTER TABLE `{D}.holiday_calendar` DROP COLUMN is_major_holiday"),
        {
            "v3.3": "column is_major_holiday does not exist",
            "i6": "is_major_holiday",
            "s1": "is_major_holiday",
        },
    ),
    "a column has another type": (
        ["schedule_export_log"],
        sql(f"""
            ALTER TABLE `{D}.schedule_export_log` DROP COLUMN error_message;
            ALTER TABLE `{D}.schedule_export_log` ADD COLUMN error_message INT64
        """),
        {"v3.4": "column error_message is INT64, not STRING"},
    ),
    "a table was made anew without a column, partitions and clustering": (
        ["caption_bandit_stats"],
        without_layout,
        {
            "v3.1": "column last_emv_observed does not exist",
            "v3.2": "the table is not partitioned by last_updated | the table is clustered by 0 columns",
        },
    ),
    "the export view is dropped": (
        [EXPORT_VIEW],
        dropped("VIEW", EXPORT_VIEW),
        {"d1": f"view {EXPORT_VIEW} does not exist", "v1.3": NOT_THERE, "v4.1": NOT_THERE, "i5": EXPORT_VIEW},
    ),
    "the export view became a table": (
        [EXPORT_VIEW],
        view_became_a_table,
        {"d1": f"view {EXPORT_VIEW} is a table", "v1.3": "is a BASE TABLE"},
    ),
    "the export view lost a column": (
        [EXPORT_VIEW],
        redefined(EXPORT_VIEW, "  r.message_type AS message_type,\n", ""),
        {"v4.1": "column message_type does not exist"},
    ),
    "the export view multiplies rows": (
        [EXPORT_VIEW],
        redefined(EXPORT_VIEW, "ON bank.caption_id = r.caption_id", "ON bank.caption_id >= r.caption_id"),
        {"i5": "schedule alice-1 has 3 active messages, the view shows"},
    ),
    "there are no holidays": (
        ["holiday_calendar"],
        sql(f"TRUNCATE TABLE `{D}.holiday_calendar`"),
        {
            "v3.3": f"0 holidays in {TODAY.year}, at least 20 are expected",
            "v6.1": f"0 holidays in {TODAY.year}",
            "v6.2": "no holiday of the type",
            "i6": "is missing",
        },
    ),
    "a declared holiday was changed and a flag is gone": (
        ["holiday_calendar", "feature_flags"],
        sql(f"""
            UPDATE `{D}.holiday_calendar` SET saturation_impact_factor = 0.5 WHERE holiday_date = DATE '2027-12-25';
            DELETE FROM `{D}.feature_flags` WHERE TRUE
        """),
        {
            "i6": "holiday Christmas Day on 2027-12-25 differs from what is declared"
            " | flag caption_restrictions_enabled is missing"
        },
    ),
    "the latest run on reference data failed": (
        ["etl_job_runs"],
        inserted(
            "etl_job_runs",
            run(0)
            | {"job_id": "r", "job_name": "apply_reference_data", "job_status": "FAILED", "error_message": "no"}
            # After the one that the platform was filled by.
            | {"job_start_time": datetime.now(UTC) + timedelta(hours=2)},
        ),
        {"i6": "the latest run is FAILED: no"},
    ),
    "reference data was never applied": (
        ["etl_job_runs"],
        sql(f"DELETE FROM `{D}.etl_job_runs` WHERE job_name = 'apply_reference_data'"),
        {"i6": "reference data was never applied"},
    ),
    "other flags were deployed than were applied": (
        ["declared_flags"],
        redefined("declared_flags", "TRUE", "FALSE"),
        {"i6": "other content is deployed"},
    ),
    "other content was applied than is deployed": (
        ["etl_job_runs"],
        sql(f"UPDATE `{D}.etl_job_runs` SET job_id = CONCAT(job_id, 'x') WHERE job_name = 'apply_reference_data'"),
        {"i6": "other content is deployed"},
    ),
    "a holiday is of an unknown type": (
        ["holiday_calendar"],
        sql(new_holiday("Pi Day", "RELIGIOUS", 1.0)),
        {"v6.2": f"1 holidays of the type RELIGIOUS, the first on {TODAY.year}-08-08"},
    ),
    "a factor is above 1 and a holiday is there twice": (
        ["holiday_calendar"],
        sql(f"""
            INSERT INTO `{D}.holiday_calendar` SELECT * FROM `{D}.holiday_calendar` LIMIT 1;
            {new_holiday("Prime Day", "COMMERCIAL", 1.5)}
        """),
        {
            "v6.1": f"Prime Day on {TODAY.year}-08-08 has the factor 1.5",
            "i3": "is there more than once",
        },
    ),
    "an assignment is doubled": (
        ["active_caption_assignments"],
        inserted("active_caption_assignments", lock(2, 3, "k3")),
        {
            "i1": f"page alice holds caption 2 for {TODAY + timedelta(days=3)} in 2 rows",
            "i2": "caption 2 is locked by alice",
        },
    ),
    "two pages lock a caption seven days apart": (
        ["active_caption_assignments"],
        inserted("active_caption_assignments", lock(2, 10, "k4", page="bella")),
        {"i2": "caption 2 is locked by alice"},
    ),
    "bounds are out of order and statistics are there twice": (
        ["caption_bandit_stats"],
        inserted("caption_bandit_stats", statistics(3, 10, 5, 0.8, 0.4), statistics(1, 10, 5, 0.417131, 0.848239)),
        {
            "i4": "page alice, caption 3: 10 successes, 5 failures, 13 observations, bounds 0.8 to 0.4",
            "i3": "caption_bandit_stats: 1 alice is there more than once",
        },
    ),
    "a message is scheduled at night": (
        ["schedule_recommendations"],
        inserted("schedule_recommendations", message(5, 1)),
        {"s5": f"schedule alice-1: {TOMORROW} 05:00:00 in Los Angeles"},
    ),
    "a follow-up is scheduled for the small hours": (
        ["schedule_recommendations"],
        inserted("schedule_recommendations", message(2, 1) | {"message_type": "Follow up"}),
        {"s5": f"schedule alice-1: {TOMORROW} 02:00:00 in Los Angeles"},
    ),
    "a lock of a built week is gone": (
        ["active_caption_assignments"],
        sql(f"UPDATE `{D}.active_caption_assignments` SET is_active = FALSE WHERE caption_id = 10"),
        {"s3.1": f"schedule {WEEK} does not hold the lock of caption 10 for {MONDAY}"},
    ),
    "a week is active by half": (
        ["schedule_recommendations"],
        sql(f"UPDATE `{D}.schedule_recommendations` SET is_active = FALSE WHERE message_type = 'Bump'"),
        {
            "s3.1": f"schedule {WEEK}: 3 of 5 messages are active",
            "s3.2": f"schedule {WEEK}: 3 messages of 5 that were built, 2 sell, 0 are free",
        },
    ),
    "a week was withdrawn and its locks were left": (
        ["schedule_recommendations"],
        sql(f"""
            UPDATE `{D}.schedule_recommendations` SET is_active = FALSE, status = 'archived' WHERE page_name = 'bella'
        """),
        {"s3.1": f"schedule {WEEK} was withdrawn and still holds "},
    ),
    "messages of a built week have no price, another type, another day, no gap": (
        ["schedule_recommendations"],
        both(
            sql(f"""
                UPDATE `{D}.schedule_recommendations` SET recommended_price = -1 WHERE caption_id = 13;
                UPDATE `{D}.schedule_recommendations` SET message_type = 'Story' WHERE caption_id = 10
            """),
            inserted(
                "schedule_recommendations",
                *(of_week(6, hour, "PPV", None, 27.5, "standard") for hour in (21, 22)),
                of_week(7, 9, "Bump", None, None),
            ),
        ),
        {
            "s3.2": " | ".join(
                f"schedule {WEEK}: {offence}"
                for offence in (
                    "60 minutes between two messages that sell, at least 180",
                    "60 minutes between two messages that sell, at least 180",
                    "8 messages of 5 that were built, 4 sell, 2 are free",
                    "a PPV at the price -1",
                    "a Story at the price NULL",
                    "a message of the type Story",
                    f"a message on {MONDAY + timedelta(days=7)}, the week starts on {MONDAY}",
                    "three messages of the tier mid in a row",
                )
            ),
        },
    ),
    "programs exported what the gate forbids": (
        ["schedule_export_log", "schedule_recommendations"],
        both(
            sql(f"UPDATE `{D}.schedule_recommendations` SET saturation_zone = 'RED' WHERE page_name = 'bella'"),
            inserted("schedule_export_log", export("sched_x", 1, "USER"), export("alice-1", 4, "USER")),
        ),
        {
            "s4": "schedule alice-1 has 3 messages, 4 were exported"
            f" | schedule {WEEK} of a page in the zone RED was exported by a program"
            " | schedule sched_x was exported and is not stored"
        },
    ),
    "a report is cut off and others are not there": (
        ["creator_reports", "etl_job_runs"],
        both(
            sql(f"""
                UPDATE `{D}.creator_reports` SET performance_report = '{{"size_tier":' WHERE page_name = 'alice'
            """),
            inserted("etl_job_runs", run(3) | {"job_id": "daily_automation_2"}),
        ),
        {"s1": f"the report of {TODAY} alice is not JSON | {TODAY}: 3 pages processed, 1 reports stored"},
    ),
    "a report lacks a field": (
        ["creator_reports"],
        sql(
            f"UPDATE `{D}.creator_reports` SET performance_report = REPLACE(performance_report, 'risk_level', 'risk')"
            " WHERE page_name = 'alice'"
        ),
        {"s1": f"the report of {TODAY} alice lacks risk_level"},
    ),
    "the selection names captions twice": (
        ["caption_selection_at"],
        redefined("caption_selection_at", "WHERE d.is_picked", "CROSS JOIN UNNEST([1, 2]) AS twice WHERE d.is_picked"),
        {"s2.2": "is selected 2 times"},
    ),
}


def test_every_check_passes_on_a_sound_platform(platform: Platform) -> None:
    outcomes = verified(platform)
    assert failures(outcomes) == {}
    assert list(outcomes) == ["d1", "d3", *platform.checks]


@pytest.mark.parametrize("case", CASES)
def test_exactly_the_right_checks_fail_when(platform: Platform, case: str) -> None:
    names, break_it, expected = CASES[case]
    try:
        break_it(platform)
        failed = failures(verified(platform, platform.checks_that_see(names)))
    finally:
        platform.mend(names)
    assert failed.keys() == expected.keys()
    for check, says in expected.items():
        assert says in failed[check]


def test_each_check_has_a_case_that_it_fails_in(platform: Platform) -> None:
    assert {check for *_, expected in CASES.values() for check in expected} == {"d1", "d3", *platform.checks}


def test_without_the_dataset_every_check_fails_and_says_why(platform: Platform) -> None:
    outputs = platform.outputs.model_copy(update={"dataset": "no_such_dataset"})
    ids = select(platform.checks, ["d1", "v1", "v6", "i1"])
    outcomes = Verifier(connect(outputs), outputs, platform.checks).run(ids)
    assert [outcome.passed for outcome in outcomes] == [False] * len(ids)
    assert all("no_such_dataset" in outcome.error or outcome.details for outcome in outcomes)


def test_a_selection_of_checks_is_named_by_id_or_group(platform: Platform) -> None:
    assert select(platform.checks, ["v6", "D1", "s2.1"]) == ("d1", "v6.1", "v6.2", "s2.1")
    with pytest.raises(ErosError, match="no check 'v9'"):
        select(platform.checks, ["v9"])


def test_checks_run_as_labelled_capped_jobs_that_read_no_cache(platform: Platform) -> None:
    client = connect(platform.outputs)
    Verifier(client, platform.outputs, platform.checks).run(["v2.2"])
    job = next(job for job in client.list_jobs(max_results=20) if job.labels.get("eros_check") == "v2_2")
    assert (job.labels["eros_operation"], job.use_query_cache, job.maximum_bytes_billed) == ("verify", False, 2**30)
    assert f"`{PROJECT}.{DATASET}.caption_key_v2`" in job.query
