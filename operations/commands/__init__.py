"""The commands of `eros`, by what they are for. Each reads its arguments and calls one function of another module."""
