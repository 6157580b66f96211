"""`python -m gcp_local`."""

import sys

from gcp_local.cli import main

sys.exit(main())
