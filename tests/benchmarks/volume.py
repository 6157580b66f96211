"""The rows of the SQL benchmarks, made by DuckDB as Parquet files: the same for the platform and for plain DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

NOW = datetime(2026, 3, 20, 20, tzinfo=UTC)
DAYS = 90
SCHEDULE_MESSAGES = 84
NOW_SQL = f"TIMESTAMPTZ '{NOW:%Y-%m-%d %H:%M:%S}+00'"
TIERS = "['bump', 'low', 'budget', 'mid', 'high', 'premium', 'luxury']"
WORDS = "['now', 'exclusive set', 'only 3 left', 'everyone loves it', 'want to see?', 'good morning', 'surprise']"


@dataclass(frozen=True, slots=True)
class Volume:
    """How much there is. All messages lie in the 90 days that the jobs read."""

    messages: int
    creators: int = 100
    captions: int = 50_000
    locks: int = 10_000


def write(volume: Volume, folder: Path) -> dict[str, Path]:
    """One Parquet file a table, by table name."""
    files = {name: folder / f"{name}.parquet" for name in QUERIES}
    numbers = {
        "messages": volume.messages,
        "creators": volume.creators,
        "captions": volume.captions,
        "locks": volume.locks,
        "schedule_rows": volume.creators * SCHEDULE_MESSAGES,
    }
    with duckdb.connect(config={"TimeZone": "UTC"}) as connection:
        connection.execute("SELECT setseed(0.42)")
        for name, query in QUERIES.items():
            connection.execute(f"COPY ({query.format(**numbers)}) TO '{files[name]}' (FORMAT parquet)")
    return files


QUERIES = {
    "mass_messages": f"""
        SELECT
            i AS row_id,
            'page_' || (i % {{creators}}) AS page_name,
            'text ' || CAST(floor(r3 * {{captions}}) AS BIGINT) || ' '
                || ({WORDS})[1 + CAST(floor(r3 * {{captions}}) AS BIGINT) % 7] AS message,
            {NOW_SQL} - to_seconds(CAST(r1 * {DAYS * 86400 - 1} AS BIGINT)) AS sending_time,
            CASE WHEN r2 < 0.6 THEN round(5 + 40 * r4, 2) END AS price,
            CAST(100 + 4000 * r2 AS BIGINT) AS sent_count,
            CAST((100 + 4000 * r2) * (0.2 + r3 / 2) AS BIGINT) AS viewed_count,
            CASE WHEN r2 < 0.6 THEN floor((100 + 4000 * r2) * 0.02 * r4) END AS purchased_count,
            CASE WHEN r2 < 0.6 THEN round(floor((100 + 4000 * r2) * 0.02 * r4) * (5 + 40 * r4), 2) END AS earnings,
            CASE WHEN r2 < 0.6 THEN 'PPV' ELSE 'Bump' END AS message_type,
            CASE WHEN r4 < 0.3 THEN CAST(floor(r3 * {{captions}}) AS BIGINT) END AS caption_id
        FROM (SELECT range AS i, hash(range * 7 + 1) / 18446744073709551616.0 AS r1,
            hash(range * 7 + 2) / 18446744073709551616.0 AS r2, hash(range * 7 + 3) / 18446744073709551616.0 AS r3,
            hash(range * 7 + 4) / 18446744073709551616.0 AS r4 FROM range({{messages}}))
    """,
    "caption_bank": f"""
        SELECT
            i AS caption_id,
            'text ' || i || ' ' || ({WORDS})[1 + i % 7] AS caption_text,
            'Category ' || (i % 15) AS content_category,
            ({TIERS})[1 + i % 7] AS price_tier,
            i % 5 = 0 AS has_urgency,
            0.1 + (i % 90) / 100.0 AS overall_performance_score,
            i % 40 AS total_sends,
            'available' AS usage_status,
            {NOW_SQL} AS created_at,
            {NOW_SQL} AS updated_at
        FROM (SELECT range AS i FROM range({{captions}}))
    """,
    "active_caption_assignments": f"""
        SELECT
            'page_' || (i % {{creators}}) AS page_name,
            i AS caption_id,
            'text ' || i AS caption_text,
            DATE '{NOW:%Y-%m-%d}' - 1 AS assigned_date,
            DATE '{NOW:%Y-%m-%d}' + CAST(i % 7 AS INTEGER) AS scheduled_send_date,
            8 + i % 12 AS scheduled_send_hour,
            true AS is_active,
            {NOW_SQL} - INTERVAL 1 DAY AS assigned_at,
            sha256('key ' || i) AS assignment_key,
            'schedule_' || (i % {{creators}}) AS schedule_id
        FROM (SELECT range AS i FROM range({{locks}}))
    """,
    "schedule_recommendations": f"""
        SELECT
            'schedule_' || (i % {{creators}}) AS schedule_id,
            'page_' || (i % {{creators}}) AS page_name,
            {NOW_SQL} + to_hours(2 * (i // {{creators}})) AS scheduled_send_time,
            'Unlock' AS message_type,
            i % {{captions}} AS caption_id,
            {NOW_SQL} AS created_at,
            true AS is_active,
            CAST({NOW_SQL} + to_hours(2 * (i // {{creators}})) AS DATE) AS scheduled_send_date,
            2 * (i // {{creators}}) % 24 AS scheduled_send_hour
        FROM (SELECT range AS i FROM range({{schedule_rows}}))
    """,
}
