"""The `eros` command: what is done with a deployed stack. It learns of the stack through its outputs only."""
