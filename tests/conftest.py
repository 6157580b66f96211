"""For all tests: the local cloud is called here what `eros local` calls it, and commands log into a folder of their own."""

import os
import tempfile

from local.cloud import name_it

name_it()
os.environ["EROS_LOG_DIR"] = tempfile.mkdtemp(prefix="eros-logs-")
