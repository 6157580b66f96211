"""Backups: files of every table at one instant in the stack's bucket, and what says that they are whole.

Owns the form of the folders, making a backup, listing and reading those that are there (also the scheduled ones and the
old system's). Not here: putting rows back (`operations.restore`).
"""
