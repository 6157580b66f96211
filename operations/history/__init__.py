"""`eros history`: the updates that a stack's backend has recorded."""
