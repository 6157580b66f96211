"""For all tests: the local cloud is called what `eros local` calls it, commands log into a folder of the tests."""

import os
import tempfile

from local.cloud import name_it

name_it()
os.environ["EROS_LOG_DIR"] = tempfile.mkdtemp(prefix="eros-logs-")
