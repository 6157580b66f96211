from __future__ import annotations

import re
from pathlib import Path

import pytest

from operations.project import find_root, stack_settings, stack_values
from settings.errors import ErosError, SettingsError, SourceError

PROJECT = (Path(__file__).parents[3] / "Pulumi.yaml").read_text()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "sql" / "tables").mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    return tmp_path


def test_the_root_is_found_from_below(clone: Path) -> None:
    assert find_root(clone / "sql" / "tables") == clone.resolve()


def test_a_stack_file_is_read_over_the_projects_defaults(clone: Path) -> None:
    (clone / "Pulumi.dev.yaml").write_text(
        "config:\n  eros-platform:project: my-project\n  eros-platform:alertEmail: a@example.com\n"
        "  eros-platform:protect: 'false'\n  eros-platform:deployers: ['user:a@example.com']\n"
        "  eros-platform:objectNames: {captions: captions_v2}\n  gcp:region: x\n"
        "  eros-platform:slackToken: {secure: v1:abc}\n"
    )
    settings = stack_settings(clone, "dev")
    assert settings.protect is False
    assert settings.backup_retention_days == 30
    assert settings.deployers == ("user:a@example.com",)
    assert settings.object_names == {"captions": "captions_v2"}


def test_a_token_in_plain_text_is_refused_with_its_line_and_the_command(clone: Path) -> None:
    (clone / "Pulumi.dev.yaml").write_text("config:\n  eros-platform:webhookUrl: https://example.com/?t=hunter2\n")
    said = r"(?s)Pulumi\.dev\.yaml:2: eros-platform:webhookUrl is stored in plain text, and it is a secret"
    with pytest.raises(SourceError, match=said + r"\n  fix: pulumi config set --secret webhookUrl -s dev") as refused:
        stack_settings(clone, "dev")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "value", ["{secure: v1:abc}", "[{secure: v1:abc}]", "{a: {secure: v1:abc}}", "\n    secure: v1:abc"]
)
def test_a_secret_under_a_key_that_is_plain_names_the_key_and_the_command(clone: Path, value: str) -> None:
    (clone / "Pulumi.dev.yaml").write_text(f"config:\n  b:c: {{secure: v1:x}}\n  eros-platform:project: {value}\n")
    said = (
        r"(?s)Pulumi\.dev\.yaml:[34]: eros-platform:project is stored as a secret, and it is a plain value"
        r"\n  fix: pulumi config set project VALUE --plaintext -s dev$"
    )
    with pytest.raises(SourceError, match=said):
        stack_values(clone, "dev")


def test_secrets_of_other_programs_are_left_alone(clone: Path) -> None:
    (clone / "Pulumi.dev.yaml").write_text("config:\n  b:c: {secure: v1:x}\n")
    assert "c" not in stack_values(clone, "dev")


def test_a_missing_stack_file_is_named_with_the_way_to_make_it(clone: Path) -> None:
    with pytest.raises(ErosError, match=r"(?s)Pulumi\.nowhere\.yaml does not exist.*pulumi stack init nowhere"):
        stack_settings(clone, "nowhere")


def test_a_wrong_value_is_refused_as_the_program_does(clone: Path) -> None:
    (clone / "Pulumi.dev.yaml").write_text("config:\n  eros-platform:project: Wrong\n")
    with pytest.raises(SettingsError, match=r"(?s)project.*alertEmail: no value"):
        stack_settings(clone, "dev")


STACK_FILE = "config:\n  eros-platform:project: my-project\n  eros-platform:alertEmail: a@example.com\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("config:\n  a: 'x\n", "Pulumi.dev.yaml:3: no valid YAML"),
        ("config:\n- a\n", "Pulumi.dev.yaml:2: config: no mapping"),
        ("config: text\n", "Pulumi.dev.yaml:1: config: no mapping"),
        (STACK_FILE + "  eros-platform:project: other\n", "Pulumi.dev.yaml:4: eros-platform:project is given twice"),
        (STACK_FILE + "---\n", "Pulumi.dev.yaml:4: a second document"),
        ("a: &a [*a, *a]\n", "Pulumi.dev.yaml:1: an anchor or alias"),
    ],
)
def test_a_malformed_stack_file_is_an_error_with_its_line(clone: Path, content: str, said: str) -> None:
    (clone / "Pulumi.dev.yaml").write_text(content)
    with pytest.raises(SourceError, match=r"(?s)" + re.escape(said) + ".*fix:"):
        stack_values(clone, "dev")


def test_scalars_of_a_stack_file_are_taken_as_they_were_written(clone: Path) -> None:
    (clone / "Pulumi.dev.yaml").write_text(
        STACK_FILE + "  eros-platform:owner: 007\n  eros-platform:dataset: 2025-01-01\n"
    )
    values = stack_values(clone, "dev")
    assert (values["owner"], values["dataset"]) == ("007", "2025-01-01")


@pytest.mark.parametrize("name", ["x" * 300, "../dev", "a/b", "", "Dev", "\udcff"])
def test_a_name_that_no_stack_can_have_is_refused_before_any_file_is_looked_for(clone: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="stack name"):
        stack_values(clone, name)


def test_another_projects_folder_is_named(clone: Path) -> None:
    (clone / "Pulumi.yaml").write_text("runtime: go\nname: other\n")
    with pytest.raises(SourceError, match=r"Pulumi.yaml:2: this is the project 'other'"):
        find_root(clone)


def test_a_folder_that_was_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ErosError, match="the current folder was deleted"):
        find_root()
