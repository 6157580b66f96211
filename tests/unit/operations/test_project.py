from __future__ import annotations

import pytest

from operations.project import find_root, stack_settings, stack_values
from settings.errors import ErosError, SettingsError

PROJECT = """
name: eros-platform
config:
  project: {type: string}
  location: {type: string, default: US}
  dataset: {type: string, default: eros_scheduling_brain}
  cloud: {type: string, default: google}
  manageSources: {type: boolean, default: false}
  sourceDataset: {type: string, default: ""}
  objectNames: {type: object, default: {}}
  protect: {type: boolean, default: true}
  alertEmail: {type: string}
  deployers: {type: array, default: []}
  datasetAccess: {type: array, default: []}
  owner: {type: string, default: data-platform}
  backupBucket: {type: string, default: ""}
  backupRetentionDays: {type: integer, default: 30}
  timeTravelHours: {type: integer, default: 168}
"""


@pytest.fixture
def clone(tmp_path):
    (tmp_path / "sql" / "tables").mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    return tmp_path


def test_the_root_is_found_from_below(clone):
    assert find_root(clone / "sql" / "tables") == clone.resolve()


def test_a_stack_file_is_read_over_the_projects_defaults(clone):
    (clone / "Pulumi.dev.yaml").write_text(
        "config:\n  eros-platform:project: my-project\n  eros-platform:alertEmail: a@example.com\n"
        "  eros-platform:protect: 'false'\n  eros-platform:deployers: ['user:a@example.com']\n"
        "  eros-platform:objectNames: {captions: captions_v2}\n  gcp:region: x\n"
    )
    settings = stack_settings(clone, "dev")
    assert settings.protect is False
    assert settings.backup_retention_days == 30
    assert settings.deployers == ("user:a@example.com",)
    assert settings.object_names == {"captions": "captions_v2"}


def test_secrets_are_not_read(clone):
    (clone / "Pulumi.dev.yaml").write_text("config:\n  eros-platform:project: {secure: v1:abc}\n")
    assert "project" not in stack_values(clone, "dev")


def test_a_missing_stack_file_is_named_with_the_way_to_make_it(clone):
    with pytest.raises(ErosError, match=r"(?s)Pulumi\.nowhere\.yaml does not exist.*pulumi stack init nowhere"):
        stack_settings(clone, "nowhere")


def test_a_wrong_value_is_refused_as_the_program_does(clone):
    (clone / "Pulumi.dev.yaml").write_text("config:\n  eros-platform:project: Wrong\n")
    with pytest.raises(SettingsError, match=r"(?s)project.*alertEmail: no value"):
        stack_settings(clone, "dev")
