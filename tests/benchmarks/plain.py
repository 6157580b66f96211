"""The same work in plain DuckDB SQL, written for the benchmark: what the engine itself needs for it.

It reads the same rows and groups and ranks as the platform does; job runs, alerts, audit rows, rounding and rules for
odd input are left out, so it is a lower bound and no second implementation.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.benchmarks.volume import NOW_SQL

FACTS = f"""
CREATE OR REPLACE VIEW facts AS
SELECT
    m.row_id, m.page_name, m.sending_time, m.message_type, m.price, m.sent_count, m.viewed_count,
    coalesce(m.caption_id, k.caption_id) AS caption_id, coalesce(m.purchased_count, 0) AS purchased,
    coalesce(m.earnings, 0) AS earned, coalesce(m.earnings, 0) / nullif(m.sent_count, 0) AS rpr,
    timezone('America/Los_Angeles', m.sending_time) AS local_time
FROM mass_messages AS m
LEFT JOIN matches AS k USING (row_id)
WHERE m.sending_time > {NOW_SQL} - INTERVAL 90 DAY AND m.sending_time <= {NOW_SQL}
"""
KEY = "md5(trim(regexp_replace(lower(nfc_normalize({text})), '[^\\p{{L}}\\p{{N}} ]', '', 'g')))"
SETUP = ("CREATE OR REPLACE TABLE matches (row_id BIGINT, caption_id BIGINT)", FACTS)
FEEDBACK = (
    f"""
    CREATE OR REPLACE TABLE matches AS
    SELECT m.row_id, c.caption_id
    FROM (SELECT row_id, {KEY.format(text="message")} AS key FROM mass_messages WHERE caption_id IS NULL) AS m
    JOIN (SELECT min(caption_id) AS caption_id, {KEY.format(text="caption_text")} AS key FROM caption_bank
          GROUP BY ALL) AS c USING (key)
    """,
    f"""
    CREATE OR REPLACE TABLE stats AS
    WITH judged AS (
        SELECT *, rpr > median(rpr) OVER (PARTITION BY page_name) AS success
        FROM facts
        WHERE message_type = 'PPV' AND sent_count > 0 AND sending_time <= {NOW_SQL} - INTERVAL 1 DAY
    ),
    totals AS (
        SELECT page_name, caption_id, 1 + count(*) FILTER (success) AS s, 1 + count(*) FILTER (NOT success) AS f,
            count(*) AS n, sum(earned) AS revenue, sum(purchased) / nullif(sum(viewed_count), 0) AS conversion,
            avg(earned / nullif(viewed_count, 0)) AS emv, max(sending_time) AS last_used
        FROM judged WHERE caption_id IS NOT NULL GROUP BY ALL
    )
    SELECT *, round(100 * percent_rank() OVER (PARTITION BY page_name ORDER BY emv)) AS percentile FROM totals
    """,
)
VIEW = """
SELECT r.*, c.caption_text, c.price_tier, c.content_category, s.conversion, s.n
FROM schedule_recommendations AS r
LEFT JOIN caption_bank AS c USING (caption_id)
LEFT JOIN stats AS s USING (page_name, caption_id)
WHERE r.is_active AND r.schedule_id = 'schedule_1'
"""
SELECTION = """
SELECT * FROM (
    SELECT c.caption_id, c.caption_text, c.price_tier,
        0.7 * pow(random(), 1 / coalesce(s.s, 1)) + 0.15 * coalesce(s.percentile / 100, 0.5) AS score
    FROM caption_bank AS c
    LEFT JOIN stats AS s ON s.caption_id = c.caption_id AND s.page_name = 'page_1'
    WHERE c.usage_status = 'available'
        AND NOT EXISTS (SELECT 1 FROM active_caption_assignments AS a WHERE a.caption_id = c.caption_id)
)
QUALIFY row_number() OVER (PARTITION BY price_tier ORDER BY score DESC) <= 10
"""
REPORTS = (
    """
    SELECT page_name, quantile_cont(sent_count, 0.95), sum(earned), corr(price, rpr), covar_samp(price, rpr)
    FROM facts WHERE {where} GROUP BY ALL
    """,
    """
    SELECT page_name, CAST(local_time AS DATE), sum(sent_count), sum(viewed_count), sum(earned)
    FROM facts GROUP BY ALL
    """,
    """
    SELECT f.page_name, c.content_category, c.price_tier, count(*), sum(f.earned) / sum(f.sent_count),
        corr(f.price, f.rpr)
    FROM facts AS f JOIN caption_bank AS c USING (caption_id) WHERE message_type = 'PPV' AND {where} GROUP BY ALL
    """,
    """
    SELECT f.page_name,
        CASE WHEN regexp_matches(c.caption_text, '(?i)\\b(now|today|limited)\\b') THEN 'urgent'
             WHEN regexp_matches(c.caption_text, '(?i)\\b(exclusive|vip|special)\\b') THEN 'exclusive'
             WHEN regexp_matches(c.caption_text, '(?i)\\bonly \\d+ left\\b') THEN 'scarce'
             WHEN regexp_matches(c.caption_text, '(?i)\\b(everyone|popular)\\b') THEN 'social' END AS kind,
        count(*), sum(f.earned) / sum(f.sent_count), avg(f.rpr), var_samp(f.rpr)
    FROM facts AS f JOIN caption_bank AS c USING (caption_id) WHERE message_type = 'PPV' AND {where} GROUP BY ALL
    """,
    """
    SELECT page_name, dayofweek(local_time), count(*), sum(earned) / sum(sent_count), avg(rpr), var_samp(rpr)
    FROM facts WHERE message_type = 'PPV' AND {where} GROUP BY ALL
    """,
    """
    SELECT page_name, dayofweek(local_time) IN (0, 6), hour(local_time), count(*), sum(earned) / sum(sent_count)
    FROM facts WHERE message_type = 'PPV' AND {where} GROUP BY ALL
    """,
)
ANALYSIS = tuple(query.format(where="page_name = 'page_1'") for query in REPORTS)
DAILY = (
    *(query.format(where="TRUE") for query in REPORTS),
    "SELECT page_name, count(DISTINCT caption_id) FROM active_caption_assignments WHERE is_active GROUP BY ALL",
)
LOCK = (
    """
    INSERT INTO active_caption_assignments BY NAME
    SELECT 'page_1' AS page_name, caption_id, caption_text, DATE '2026-03-25' AS scheduled_send_date, true AS is_active,
        sha256(caption_text) AS assignment_key
    FROM caption_bank AS c
    WHERE caption_id BETWEEN 20000 AND 20079
        AND NOT EXISTS (SELECT 1 FROM active_caption_assignments AS a WHERE a.caption_id = c.caption_id AND a.is_active)
    """,
)
SWEEP = (
    """
    UPDATE active_caption_assignments SET is_active = false
    WHERE is_active AND scheduled_send_date < DATE '2026-04-12'
    """,
)


def connect(files: dict[str, Path]) -> duckdb.DuckDBPyConnection:
    """A database in memory with the rows of the benchmark."""
    connection = duckdb.connect(config={"TimeZone": "UTC"})
    for name, path in files.items():
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM '{path}'")
    for statement in SETUP:
        connection.execute(statement)
    return connection
