-- Switches that admins may turn without a deployment; the newest row of a flag counts.
-- apply_reference_data_at adds the flags of config/flags.yaml where one is absent, so that a deployment never turns a
-- flag back on; read by the selection.
CREATE TABLE `eros_scheduling_brain.feature_flags`
(
  flag STRING NOT NULL
    OPTIONS(description="Name of the switch, for example caption_restrictions_enabled."),
  is_enabled BOOL NOT NULL
    OPTIONS(description="TRUE when on."),
  updated_at TIMESTAMP NOT NULL
    OPTIONS(description="When it was set."),
  updated_by STRING
    OPTIONS(description="Who set it.")
)
CLUSTER BY flag
OPTIONS(
  description="Feature switches; the row with the newest updated_at counts.",
  labels=[("system", "eros"), ("component", "caption_selection")]
);
