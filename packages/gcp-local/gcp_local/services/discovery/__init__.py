"""Google's discovery documents: what the services read from them instead of stating it themselves.

`documents/` holds pruned copies, one a version of an API (`prune` makes them, `python -m gcp_local.services.discovery`
renews them). `document` reads one, `templates` matches its paths, `schemas` makes field types of its schemas, and an
`overlay` states what no document says. Which handler answers a method is the services' business.
"""
