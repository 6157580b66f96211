-- Which stack this dataset belongs to and what it is called in Google Cloud, always one row. The strings are put in
-- when the stack is deployed; nothing is read, so asking costs nothing.
-- Read by: whatever names the stack to people, its jobs in the project's history, or its buckets.
CREATE OR REPLACE VIEW `eros_scheduling_brain.deployed_stack`
OPTIONS(
  description="Name, project, dataset, location and buckets of the deployed stack, always one row.",
  labels=[("system", "eros"), ("component", "telemetry")]
)
AS
SELECT
  --: Name of the Pulumi stack, for example prod.
  '${stack}' AS stack,
  --: Google Cloud project.
  '${project}' AS project_id,
  --: Physical id of the dataset.
  '${dataset}' AS dataset_id,
  --: Location of dataset and buckets, for example US.
  '${location}' AS location,
  --: Bucket of the backups.
  '${backup_bucket}' AS backup_bucket,
  --: Bucket of the rows that left the tables.
  '${archive_bucket}' AS archive_bucket;
