"""For all tests: the local cloud is called here what `eros local` calls it."""

from local.cloud import name_it

name_it()
