"""Rows of a backup put back: loaded beside the tables, compared, then exchanged in one transaction a table.

A table keeps its identity, and so its layout, descriptions, labels and grants; only its rows are others. Owns the order
of the steps, what is refused, and how an interrupted restore goes on. Not here: backups (`operations.backup`), how rows
are compared and exchanged (`operations.rows`), what stands still meanwhile (`operations.maintenance`).
"""
