"""Launchers of the emulators that other people wrote: BigQuery and Cloud Storage."""
