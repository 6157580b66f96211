"""The configuration that a program sees: what the CLI would give it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import yaml

from embedded_engine import config
from embedded_engine.config import StackFile
from embedded_engine.crypter import Crypter
from embedded_engine.errors import EngineError, Refused
from embedded_engine.project import Project, check_version


def project(folder: Path, declared: str = "", top: str = "") -> Project:
    text = "name: p\nruntime: python\n" + textwrap.dedent(top)
    if declared:
        text += "config:\n" + textwrap.indent(textwrap.dedent(declared), "  ")
    (folder / "Pulumi.yaml").write_text(text)
    return Project.load(folder)


def resolve(folder: Path, declared: str, stored: str = "", crypter: Crypter | None = None) -> dict[str, config.Value]:
    loaded = project(folder, declared)
    (folder / "Pulumi.dev.yaml").write_text("config:\n" + textwrap.indent(textwrap.dedent(stored), "  "))
    return config.resolve(loaded, "dev", StackFile(loaded, "dev"), lambda: crypter or pytest.fail("not needed"))


def texts(values: dict[str, config.Value]) -> dict[str, str]:
    return {key: value.text for key, value in values.items()}


def test_defaults_fill_in_what_the_stack_leaves_out(tmp_path: Path) -> None:
    declared = """
        days: {type: integer, default: 7}
        flag: {type: boolean, default: true}
        names: {type: array, items: {type: string}, default: [a, b]}
        empty: {type: string, default: ""}
        ratio: {default: 1.5}
        short: word
    """
    found = resolve(tmp_path, declared, "p:days: 8")

    assert texts(found) == {
        "p:days": "8",
        "p:empty": "",
        "p:flag": "true",
        "p:names": '["a","b"]',
        "p:ratio": "1.5",
        "p:short": "word",
    }
    assert found["p:names"].stored == ["a", "b"]
    assert found["p:ratio"].stored == 1.5
    assert found["p:days"].stored == "8"


@pytest.mark.parametrize("text", ["1.0", "007", "yes", "2024-01-01", "1e3", "~", "0x10"])
def test_a_scalar_is_the_text_that_is_written(tmp_path: Path, text: str) -> None:
    assert texts(resolve(tmp_path, "", f"key: {text}")) == {"p:key": text}


def test_keys_are_qualified_with_the_project(tmp_path: Path) -> None:
    assert texts(resolve(tmp_path, "", "a: x\nother:b: y\np:config:c: z")) == {
        "p:a": "x",
        "other:b": "y",
        "p:c": "z",
    }


@pytest.mark.parametrize(
    ("type_", "value", "fits"),
    [
        ("integer", "5", True),
        ("integer", "-5", True),
        ("integer", "5.5", False),
        ("integer", "five", False),
        ("boolean", "true", True),
        ("boolean", "yes", False),
        ("string", "5", True),
        ("string", "[a]", False),
        ("object", "{a: 1}", True),
        ("object", "x", False),
        ("array", "[a]", True),
        ("array", "[1]", False),
    ],
)
def test_types_are_checked(tmp_path: Path, type_: str, value: str, fits: bool) -> None:
    items = ", items: {type: string}" if type_ == "array" else ""
    if fits:
        resolve(tmp_path, f"key: {{type: {type_}{items}}}", f"key: {value}")
    else:
        with pytest.raises(EngineError, match=f"Stack 'dev' with configuration key 'key' must be of type '{type_}"):
            resolve(tmp_path, f"key: {{type: {type_}{items}}}", f"key: {value}")


def test_missing_values_are_named_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Stack 'dev' is missing configuration values 'a', 'b' and 'c'"):
        resolve(tmp_path, "c: {type: string}\na: {type: string}\nb: {type: string}")
    with pytest.raises(EngineError, match="is missing configuration value 'a'"):
        resolve(tmp_path, "a: {type: string}")


def test_secrets_are_decrypted_and_marked_also_inside_of_objects(tmp_path: Path) -> None:
    crypter = Crypter.create("x")
    sealed = crypter.encrypt("s3cr3t")
    found = resolve(tmp_path, "", f"a: {{secure: '{sealed}'}}\nb: {{c: 1, d: {{secure: '{sealed}'}}}}", crypter)

    assert found["p:a"].text == "s3cr3t"
    assert found["p:b"].text == '{"c":1,"d":"s3cr3t"}'
    assert found["p:b"].masked == '{"c":1,"d":"[secret]"}'
    assert found["p:a"].is_secret
    assert found["p:b"].is_secret
    assert found["p:b"].stored == {"c": 1, "d": {"secure": sealed}}


def test_a_value_that_must_be_secret_may_not_be_plain(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="must be encrypted as it's secret"):
        resolve(tmp_path, "a: {type: string, secret: true}", "a: plain")


def test_changing_a_value_keeps_the_rest_of_the_file(tmp_path: Path) -> None:
    loaded = project(tmp_path)
    (tmp_path / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:x:y\nconfig:\n  a: 1\n  p:b: two\n")
    file = StackFile(loaded, "dev")

    file.change("p:a", "3", "p")
    file.change("p:b", None, "p")

    assert yaml.safe_load((tmp_path / "Pulumi.dev.yaml").read_text()) == {
        "encryptionsalt": "v1:x:y",
        "config": {"p:a": "3"},
    }


@pytest.mark.parametrize(
    "text", ["environment: [x]", "secretsprovider: awskms://key", "secretsprovider: gcpkms://k\nencryptedkey: a"]
)
def test_other_secrets_providers_and_environments_are_refused(tmp_path: Path, text: str) -> None:
    loaded = project(tmp_path)
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(Refused, match="embedded engine does not support"):
        StackFile(loaded, "dev")


@pytest.mark.parametrize(
    "top", ["plugins: {providers: [{name: x, path: y}]}", "packages: {a: b}", "stackConfigDir: conf"]
)
def test_project_files_that_ask_for_more_are_refused(tmp_path: Path, top: str) -> None:
    with pytest.raises(Refused, match=r"in Pulumi\.yaml"):
        project(tmp_path, top=top)


def test_programs_in_other_languages_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: nodejs\n")
    with pytest.raises(Refused, match="programs in nodejs"):
        Project.load(tmp_path)


def test_the_project_s_virtual_environment_is_used(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: {name: python, options: {virtualenv: venv}}\n")
    with pytest.raises(EngineError, match="doesn't appear to be a virtual environment"):
        Project.load(tmp_path)
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").touch()
    assert Project.load(tmp_path).python == tmp_path / "venv/bin/python"


def test_main_names_the_program(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    assert project(tmp_path, top="main: infra\n").program == tmp_path / "infra/__main__.py"
    assert project(tmp_path, top="main: other.py\n").program == tmp_path / "other.py"


@pytest.mark.parametrize("wanted", ["", ">=3.0.0", ">=3.100, <4.0.0", "3.260.0", ">= 3.1.2"])
def test_fitting_version_ranges_are_accepted(wanted: str) -> None:
    check_version(wanted)


def test_other_version_ranges_are_not() -> None:
    with pytest.raises(EngineError, match="wants Pulumi >=4"):
        check_version(">=4")
    with pytest.raises(Refused, match="version range"):
        check_version("^3.1 || ^4")
