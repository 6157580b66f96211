from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def quick_key_derivation() -> None:
    """Here the engine is a process of its own, and its files are also the CLI's: the file format's rounds hold."""
