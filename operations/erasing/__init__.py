"""`eros erase`: a page or a caption taken out of every table that holds it, proven by reading, kept out by restores.

Which columns hold what, and what becomes of them, says `catalog.personal`. Not here: source tables that others fill,
unless asked for, and backups, of which it says how long they still hold what was erased (`holders`).
"""
