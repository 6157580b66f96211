"""A cloud on one machine that speaks Google's REST APIs, and the tools that start, use and deploy to it.

Nothing outside this package imports it: it adds its commands and its engine to `eros` through entry points.
"""
