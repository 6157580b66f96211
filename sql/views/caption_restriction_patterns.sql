-- Every pattern of the restrictions applied now, one row each, and whether it is a regular expression at all.
-- A pattern that is none fails closed where it is HARD (it counts as a match of every caption) and is passed over
-- where it is SOFT; whoever reads this view for a page raises the warning.
-- Read by: page_caption_pool, select_captions_for_creator_at, daily automation.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_restriction_patterns`
OPTIONS(description="Patterns of the caption restrictions in force, one row each, with is_valid.")
AS
SELECT
  listed.page_name,
  listed.applies_to_scope,
  --: HARD: a match is never selected. SOFT: each match lowers the score.
  listed.enforcement,
  --: Place of the pattern in its list, from 0.
  listed.position,
  --: RE2 pattern, matched against the caption's text without regard to case.
  listed.pattern,
  --: FALSE when the pattern is no regular expression: it then matches everything where HARD, nothing where SOFT.
  SAFE.REGEXP_CONTAINS('', CONCAT('(?i)', listed.pattern)) IS NOT NULL AS is_valid
FROM (
  -- Both lists of a row in one SELECT: a second one for the other list would read the restrictions again.
  SELECT
    r.page_name AS page_name,
    r.applies_to_scope AS applies_to_scope,
    enforcement AS enforcement,
    position AS position,
    pattern AS pattern
  FROM `eros_scheduling_brain.caption_restrictions_in_force` AS r
  CROSS JOIN UNNEST(['HARD', 'SOFT']) AS enforcement
  CROSS JOIN UNNEST(IF(enforcement = 'HARD', r.hard_patterns, r.soft_patterns)) AS pattern WITH OFFSET AS position
) AS listed;
