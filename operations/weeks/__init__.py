"""Weeks of messages for pages: what `scheduling` plans is selected, locked, stored, activated and exported here.

The order of effects, and what an interruption leaves, is decision 32. `scheduling` owns the rules of a week.
"""
