-- Days on which fans behave differently, with the factor by which sales usually change.
-- apply_reference_data_at brings it to what config/holidays.yaml declares and leaves all other dates alone; read by the
-- saturation score. Shifted (observed) federal days are left out.
CREATE TABLE `eros_scheduling_brain.holiday_calendar`
(
  holiday_date DATE NOT NULL
    OPTIONS(description="Calendar date of the holiday in Los Angeles."),
  holiday_name STRING NOT NULL
    OPTIONS(description="Name in English."),
  holiday_type STRING
    OPTIONS(description="FEDERAL, CULTURAL or COMMERCIAL."),
  is_major_holiday BOOL DEFAULT FALSE
    OPTIONS(description="A major holiday never counts into a run of weak days."),
  saturation_impact_factor FLOAT64 DEFAULT 1.0
    OPTIONS(description="Factor on the expected rates of that day, above 0 and at most 1."),
  PRIMARY KEY (holiday_date) NOT ENFORCED
)
PARTITION BY DATE_TRUNC(holiday_date, YEAR)
OPTIONS(
  description="Holidays with their effect on expected sales, one row a date.",
  partition_expiration_days=2192,
  labels=[("system", "eros"), ("component", "scheduling"), ("update_freq", "annual")]
);
