-- caption_bandit_stats is partitioned by last_updated and clustered by at least three columns, page_name first.
-- When it fails: queries still answer, but each scans the whole table. A layout cannot be changed in place: copy the
-- rows to a table made by the stack.
WITH
  layout AS (
    SELECT
      COUNTIF(c.is_partitioning_column = 'YES' AND c.column_name = 'last_updated') AS partitions,
      COUNT(c.clustering_ordinal_position) AS cluster_columns,
      COUNTIF(c.clustering_ordinal_position = 1 AND c.column_name = 'page_name') AS begins_with_page
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS` AS c
    WHERE c.table_name = 'caption_bandit_stats'
  )
SELECT 'the table is not partitioned by last_updated' AS detail
FROM layout
WHERE layout.partitions = 0
UNION ALL
SELECT
  CONCAT(
    'the table is clustered by ', CAST(layout.cluster_columns AS STRING), ' columns',
    IF(layout.begins_with_page = 0, ', not beginning with page_name', '')
  ) AS detail
FROM layout
WHERE layout.cluster_columns < 3 OR layout.begins_with_page = 0
