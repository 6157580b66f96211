"""The BigQuery emulator: `local-bigquery` with DuckDB's extensions from PyPI and our patches.

Run it with `python -m gcp_local.emulators.bigquery`. What we mend of it is in `patches/`, one fault a
module; everything else is upstream's.
"""
