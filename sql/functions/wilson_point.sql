-- The point at the fraction p_u of the Wilson interval of p_s successes and p_f failures.
-- The pure half of wilson_sample, so that its arithmetic can be tested without chance.
-- p_u stands outside any subquery and is used once: a RAND() passed for it is drawn once for each row.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.wilson_point`(p_s INT64, p_f INT64, p_u FLOAT64)
RETURNS FLOAT64
OPTIONS(description="Point of the Wilson interval: its lower end at p_u = 0, its upper end at p_u = 1.")
AS (
  `eros_scheduling_brain.wilson_score_bounds`(p_s, p_f).lower_bound
    + LEAST(1.0, GREATEST(0.0, p_u))
      * (
        `eros_scheduling_brain.wilson_score_bounds`(p_s, p_f).upper_bound
        - `eros_scheduling_brain.wilson_score_bounds`(p_s, p_f).lower_bound
      )
);
