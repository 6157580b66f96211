"""What a command needs so that nobody who types it sees a traceback: errors, standard streams, YAML written by hand."""
