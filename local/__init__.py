"""The platform on one machine: brings it up on a local cloud and fills it with sample data."""
