"""What `eros` writes down of the changes that it makes, so that an alert policy can tell people of it.

An entry's payload has `event` (one of EVENTS), `status`, `stack` and `text`; its severity says whether it failed.
"""

LOG = "eros-changes"
"""Name of the log in Cloud Logging."""
EVENTS = ("deploy", "rollback", "restore", "report")
