"""BigQuery resources: datasets, tables and views, routines, dataset members, jobs."""
