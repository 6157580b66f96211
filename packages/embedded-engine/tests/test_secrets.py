"""Secrets in the state and in the stack file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from toy_project import PASSPHRASE, SALT, SEALED, SECRET
from toy_stack import ToyStack, hidden, item

from embedded_engine import crypter
from embedded_engine.checkpoint import Codec
from embedded_engine.crypter import Crypter, passphrase
from embedded_engine.errors import EngineError
from embedded_engine.state import State
from embedded_engine.values import secret


@pytest.fixture
def real_rounds(monkeypatch: pytest.MonkeyPatch, quick_key_derivation: None) -> None:
    monkeypatch.setattr(crypter, "_ROUNDS", 1_000_000)


@pytest.mark.usefixtures("real_rounds")
def test_what_the_cli_encrypted_is_read() -> None:
    assert Crypter(PASSPHRASE, SALT).decrypt(SEALED) == SECRET


@pytest.mark.usefixtures("real_rounds")
def test_a_wrong_passphrase_is_told() -> None:
    with pytest.raises(EngineError, match="incorrect passphrase"):
        Crypter("y", SALT)


def test_a_missing_passphrase_names_the_variables() -> None:
    with pytest.raises(EngineError, match="PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"):
        passphrase({})


def test_an_empty_passphrase_is_a_passphrase() -> None:
    assert passphrase({"PULUMI_CONFIG_PASSPHRASE": ""}) == ""


def test_the_passphrase_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("word\n")
    assert passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "phrase")}) == "word"
    with pytest.raises(EngineError, match="unable to read"):
        passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "absent")})


def ciphertexts(text: str) -> list[str]:
    found: list[str] = []

    def collect(node: dict[str, Any]) -> dict[str, Any]:
        if "ciphertext" in node:
            found.append(node["ciphertext"])
        return node

    json.loads(text, object_hook=collect)
    return found


def test_equal_values_never_share_a_ciphertext() -> None:
    codec = Codec("s", Crypter.create("x"))
    state = State("urn:pulumi:s::p::t::n", "t", id="1", inputs={"a": secret("v"), "b": [secret("v"), secret("v")]})
    state.outputs = {"a": secret("v")}

    assert len(set(ciphertexts(codec.encode_state(state)))) == 4


def test_a_secret_is_encrypted_anew_only_when_it_changed() -> None:
    encrypting = Crypter.create("x")
    codec = Codec("s", encrypting)
    state = State("urn:pulumi:s::p::t::n", "t", id="1", inputs={"a": secret("v"), "b": secret({"c": [1, None]})})
    document = codec.encode([codec.encode_state(state)], [])

    other = Codec("s", encrypting)
    read = other.decode(document).resources[0]
    assert read.inputs == state.inputs
    assert other.encode_state(read) == codec.encode_state(state)

    before = ciphertexts(other.encode_state(read))
    read.inputs["a"] = secret("w")
    after = ciphertexts(other.encode_state(read))
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_state_under_another_salt_is_refused() -> None:
    document = Codec("s", Crypter.create("x")).encode([], [])
    with pytest.raises(EngineError, match="not the `encryptionsalt`"):
        Codec("s", Crypter.create("x")).decode(document)


def test_an_unchanged_secret_does_not_change_the_state_file(stack: ToyStack) -> None:
    resource = item("a", token=hidden("s3cr3t"))
    stack.up(resource, exports={"token": hidden("s3cr3t")})
    before = stack.document["resources"]

    stack.up(resource, exports={"token": hidden("s3cr3t")})

    assert stack.document["resources"] == before


def test_a_changed_secret_is_a_change_of_the_resource_but_is_never_shown(
    stack: ToyStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.up(item("a", token=hidden("s3cr3t-1")))

    result = stack.up(item("a", token=hidden("s3cr3t-2")))

    assert result.counts == {"same": 1, "update": 1}
    assert "s3cr3t" not in stack.session().files.checkpoint.read_text() + capsys.readouterr().out
