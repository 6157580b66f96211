"""Google's own SQL analyzer as a gate: every statement of `sql/` is type-checked as BigQuery would.

It runs in a WebAssembly build (PyPI `zetasql`), without a network and without an account; being young, it is a tool
of development and never part of a deployment. `checker.check(root)` checks a tree of files; `oracle.Oracle` runs
queries and functions with Google's reference implementation, as an independent source of expected values for tests.
Rules that BigQuery has and the analyzer does not know (partition types, clustering columns) are the catalog's lint.
"""
