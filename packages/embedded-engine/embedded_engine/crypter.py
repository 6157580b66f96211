"""Pulumi's passphrase secrets provider: AES-256-GCM under a key from PBKDF2-HMAC-SHA256."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embedded_engine.errors import EngineError

_ROUNDS = 1_000_000
_PROOF = "pulumi"


def passphrase(environment: Mapping[str, str]) -> str:
    """The passphrase that the environment states, in the way that the CLI reads it."""
    if "PULUMI_CONFIG_PASSPHRASE" in environment:
        return environment["PULUMI_CONFIG_PASSPHRASE"]
    if path := environment.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise EngineError(f"unable to read PULUMI_CONFIG_PASSPHRASE_FILE: {error}") from None
    raise EngineError(
        "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables"
    )


class Crypter:
    """Encrypts and decrypts texts of one stack. `salt` is the stack file's `encryptionsalt`."""

    def __init__(self, phrase: str, salt: str) -> None:
        version, _, rest = salt.partition(":")
        encoded, _, proof = rest.partition(":")
        if version != "v1":
            raise EngineError(f"unknown version {version} of the secrets provider's state")
        self.salt = salt
        try:
            self._aes = _cipher(phrase, base64.b64decode(encoded))
        except ValueError:
            raise EngineError(f"`encryptionsalt` is damaged: {salt!r}: put back the one of an earlier commit") from None
        try:
            proven = self.decrypt(proof) == _PROOF
        except EngineError:
            proven = False
        if not proven:
            raise EngineError("incorrect passphrase")

    @classmethod
    def create(cls, phrase: str) -> Crypter:
        """A crypter with a salt of its own, for a new stack."""
        salt = os.urandom(8)
        proof = _seal(_cipher(phrase, salt), _PROOF)
        return cls(phrase, f"v1:{base64.b64encode(salt).decode()}:{proof}")

    def encrypt(self, text: str) -> str:
        """The ciphertext; differs from call to call."""
        return _seal(self._aes, text)

    def decrypt(self, text: str) -> str:
        """The plain text of `encrypt`'s result."""
        version, _, rest = text.partition(":")
        nonce, _, sealed = rest.partition(":")
        if version != "v1":
            raise EngineError("unknown ciphertext version")
        try:
            return self._aes.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode()
        except (InvalidTag, ValueError):
            raise EngineError("failed to decrypt a secret: it was encrypted with another passphrase") from None


def _cipher(phrase: str, salt: bytes) -> AESGCM:
    return AESGCM(hashlib.pbkdf2_hmac("sha256", phrase.encode(), salt, _ROUNDS, 32))


def _seal(aes: AESGCM, text: str) -> str:
    nonce = os.urandom(12)
    parts = (nonce, aes.encrypt(nonce, text.encode(), None))
    return "v1:" + ":".join(base64.b64encode(part).decode() for part in parts)
