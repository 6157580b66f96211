-- The pages that the agency works for at present. A source: the control sheet fills it.
CREATE TABLE `eros_scheduling_brain.active_creators`
(
  --@ page, delete
  page_name STRING
    OPTIONS(description="Page.")
)
OPTIONS(
  description="Pages under contract, one row a page.",
  labels=[("system", "eros"), ("component", "scheduling"), ("ownership", "source")]
);
