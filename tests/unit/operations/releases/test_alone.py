"""Two at once on one machine: the second is refused and changes nothing; one that was killed keeps nobody out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from operations.errors import StackBusy
from operations.releases.alone import alone

HOLD = """
import sys, pathlib
from operations.releases.alone import alone
with alone(pathlib.Path(sys.argv[1]), "dev", "eros deploy"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_refused_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with (
            pytest.raises(
                StackBusy, match=rf"stack dev: eros deploy by \S+@\S+ \(process {first.pid}\) since 2"
            ) as caught,
            alone(tmp_path, "dev", "eros rollback"),
        ):
            pytest.fail("both at once")
        assert caught.value.exit_code == 3
        assert f"kill {first.pid} ends it" in caught.value.fix
        with alone(tmp_path, "other", "eros gate"):
            pass
        first.kill()
    with alone(tmp_path, "dev", "eros rollback"):
        pass
