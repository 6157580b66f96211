"""`eros deploy`: preflight, backup, preview, update, verification, health gate, record; and back where that fails."""
