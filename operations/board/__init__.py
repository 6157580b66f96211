"""The board: one page that shows at a glance whether a deployed stack is well, and why not.

`panels` says what a panel may hold, `gathering` reads all of them at once, one module a panel says what stands in it,
`rendering` makes HTML of it, and `serving` shows that on loopback. Nothing here changes anything.
"""
