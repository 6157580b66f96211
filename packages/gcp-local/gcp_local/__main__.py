"""`python -m gcp_local`: what the command `gcp-local` does."""

from gcp_local.cli import app
from plain_command import streams

if __name__ == "__main__":
    streams.run(lambda: app(prog_name="python -m gcp_local"))
