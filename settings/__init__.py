"""What the operator states: types, model and loading of the stack's configuration."""
