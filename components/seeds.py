"""Seeds: rows that the platform starts with, as BigQuery jobs that run a MERGE.

A job is immutable, outlives its resource, and its id says what it did: name, hash of the statement, birth of the
table, generation of the stack. The same seed on the same table is one job; changed content, a table made anew or a
stack that was torn down in between is another. Google forgets jobs after about six months, so a later refresh runs
the statement again: it is idempotent.
"""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from catalog.seeds import Seed
from components.assets import Target


def seed_job(
    seed: Seed,
    table: gcp.bigquery.Table,
    generation: pulumi.Input[str],
    target: Target,
    opts: pulumi.ResourceOptions,
) -> gcp.bigquery.Job:
    """The job that merges the seed's rows into `table`."""
    return gcp.bigquery.Job(
        f"seed-{seed.name}",
        project=target.project,
        location=target.settings.location,
        job_id=pulumi.Output.concat(
            f"eros_seed_{seed.name}_{seed.digest}_", table.creation_time.apply(str), "_", generation
        ),
        labels={**target.labels, "component": "seed"},
        query=gcp.bigquery.JobQueryArgs(
            query=seed.statement(target.place),
            use_legacy_sql=False,
            # DML takes neither, and an unset one is sent as its default and refused.
            create_disposition="",
            write_disposition="",
        ),
        opts=opts,
    )
