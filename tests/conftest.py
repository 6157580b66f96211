"""For all tests: the local cloud is called what `eros local` calls it, commands log into a folder of the tests."""

import gc
import os
import tempfile

from local.cloud import name_it

name_it()
os.environ["EROS_LOG_DIR"] = tempfile.mkdtemp(prefix="eros-logs-")
gc.set_threshold(100_000)  # programs are run on mocks hundreds of times: a quarter of that was the search for garbage
