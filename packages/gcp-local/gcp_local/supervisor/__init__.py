"""Starts, watches and stops the processes of the local cloud.

`specs` says which processes there are, `cloud` brings them up and down, `status` looks at them, `state` is the
record that one command leaves for the next, `process` and `ports` know Linux. It knows nothing of what the
processes serve.
"""
