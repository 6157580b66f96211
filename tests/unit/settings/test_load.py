from __future__ import annotations

import pulumi
import pytest

from settings.errors import SettingsError
from settings.load import check_environment, load, parse, redirections
from settings.model import BootstrapSettings, Settings

STATED = {
    "project": "of-scheduler-proj",
    "location": "US",
    "dataset": "eros_scheduling_brain",
    "cloud": "google",
    "manageSources": "false",
    "sourceDataset": "",
    "objectNames": "{}",
    "protect": "true",
    "alertEmail": "data@example.com",
    "alertRecipients": "{}",
    "deployers": "[]",
    "weekBuilders": "[]",
    "readers": "[]",
    "developers": "[]",
    "operators": "[]",
    "admins": "[]",
    "datasetAccess": "[]",
    "revokedAccess": "[]",
    "owner": "data-platform",
    "backupBucket": "",
    "backupRetentionDays": "30",
    "archiveBucket": "",
    "archiveRetentionDays": "730",
    "pauseSchedules": "false",
    "slackChannels": '{"CRITICAL": "#critical", "WARNING": "#warnings", "INFO": "#info"}',
    "slackTeam": "",
    "googleChatSpace": "",
    "alertTopic": "",
    "otherSchedules": "[]",
    "timeTravelHours": "168",
    "exportSpreadsheet": "",
    "controlPanel": "",
    "exportAccount": "",
    "reviewExamples": "0",
}
BOOTSTRAP = {
    "cloud": "google",
    "location": "EU",
    "owner": "data-platform",
    "protect": "true",
    "stateBucket": "",
    "keyRing": "pulumi",
    "logRetentionDays": "90",
    "repository": "",
    "repositoryId": "",
    "identityPool": "github",
    "environments": '{"production": "refs/heads/main"}',
    "billingAccount": "",
    "monthlyBudget": "50",
    "dailyQueryGibibytes": "0",
    "dailyUserGibibytes": "0",
}


def test_stated_values_become_typed_settings() -> None:
    settings: Settings = parse("prod", {**STATED, "deployers": '["user:ann@example.com"]', "location": "europe-west3"})
    assert settings.protect is True
    assert settings.manage_sources is False
    assert settings.backup_retention_days == 30
    assert settings.deployers == ("user:ann@example.com",)
    assert settings.backup_bucket_name == "of-scheduler-proj-eros-scheduling-brain-backups"
    assert settings.archive_bucket_name == "of-scheduler-proj-eros-scheduling-brain-archive"
    assert settings.run_account_email == "eros-run-prod@of-scheduler-proj.iam.gserviceaccount.com"
    assert settings.labels == {"system": "eros", "environment": "prod", "owner": "data-platform"}


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("project", "Of_Scheduler", "must be a project id"),
        ("project", "", "no value"),
        ("dataset", "eros-brain", "must be a dataset id: letters, digits and underscores"),
        ("location", "us", "must be written US"),
        ("location", "Mars", "must be US, EU or a region"),
        ("alertEmail", "data@", "must be one e-mail address"),
        ("alertEmail", "a@example.com, b@example.com", "must be one e-mail address"),
        ("manageSources", "yes", "true or false"),
        ("protect", '"true"', "true or false"),
        ("backupRetentionDays", "0", "greater than or equal to 1"),
        ("backupRetentionDays", "a month", "valid integer"),
        ("timeTravelHours", "50", "whole days"),
        ("timeTravelHours", "24", "greater than or equal to 48"),
        ("deployers", "user:ann@example.com", "must be a list"),
        ("otherSchedules", "Nightly load", "must be a list"),
        ("otherSchedules", '["Nightly load", "Nightly load"]', "must name each once; twice: Nightly load"),
        ("alertRecipients", "ann@example.com", "must be a mapping"),
        ("backupBucket", "My Bucket", "must be a bucket name"),
        ("archiveBucket", "My Archive", "must be a bucket name"),
        ("sourceDataset", "etl-data", "must be a dataset id"),
        ("objectNames", "captions", "must be a mapping"),
        ("objectNames", '["captions"]', "must be a mapping"),
        ("cloud", "aws", "'google' or 'local'"),
        ("owner", "Data Team", "must be a label value"),
        ("exportSpreadsheet", "https://docs.google.com/spreadsheets/d/1AbC/edit", "between /spreadsheets/d/ and /edit"),
        ("exportAccount", "sheets", "must be one e-mail address"),
        ("reviewExamples", "6", "less than or equal to 5"),
    ],
)
def test_a_wrong_value_names_key_value_and_the_command_that_mends_it(key: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse("prod", {**STATED, key: value})
    text = str(caught.value)
    assert f"eros-platform:{key}" in text
    assert says in text
    assert f"pulumi config set {key}" in text


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("objectNames", '{"captions": "cap tions"}', "objectNames.captions"),
        ("objectNames", '{"captions": ""}', "objectNames.captions"),
        ("objectNames", '{"captions": 7}', "objectNames.captions"),
        ("deployers", '["user:ann@example.com", "bob"]', "deployers[1]"),
        ("otherSchedules", '["Nightly load", ""]', "otherSchedules[1]"),
    ],
)
def test_a_wrong_entry_is_named_as_pulumi_takes_its_path(key: str, value: str, path: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse("prod", {**STATED, key: value})
    assert f"eros-platform:{path}:" in str(caught.value)
    assert f"pulumi config set --path '{path}' VALUE -s prod" in str(caught.value)


def test_sources_that_the_stack_creates_lie_in_no_other_dataset() -> None:
    with pytest.raises(SettingsError, match=r"(?s)sourceDataset: 'etl'.*config set manageSources false -s prod"):
        parse("prod", {**STATED, "sourceDataset": "etl", "manageSources": "true"})
    assert parse("prod", {**STATED, "sourceDataset": "eros_scheduling_brain", "manageSources": "true"})


def test_an_unknown_key_is_refused_with_the_command_that_removes_it() -> None:
    with pytest.raises(
        SettingsError, match=r"(?s)eros-platform:alertMail: no such key.*pulumi config rm alertMail -s prod"
    ):
        parse("prod", {**STATED, "alertMail": "x@example.com"})


def test_all_wrong_values_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        parse("prod", {**STATED, "dataset": "a-b", "location": "Mars", "extra": "1"})
    assert all(word in str(caught.value) for word in ("dataset", "location", "extra"))


def test_a_stack_name_that_cannot_be_part_of_an_account_id_is_refused() -> None:
    with pytest.raises(SettingsError, match="pulumi stack rename"):
        parse("a-stack-with-a-very-long-name", STATED)


LOCAL_SHELL = {
    "GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT": "http://127.0.0.1:1/bigquery/v2/",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:2",
    "PULUMI_DEBUG_PROVIDERS": "gcp:3",
    "HOME": "/home/ann",
}


@pytest.mark.parametrize(
    "name", ["GOOGLE_BIG_QUERY_CUSTOM_ENDPOINT", "STORAGE_EMULATOR_HOST", "PULUMI_DEBUG_PROVIDERS"]
)
def test_a_google_stack_is_stopped_by_any_single_redirection_and_told_how_to_undo_it(name: str) -> None:
    with pytest.raises(SettingsError, match=f"(?s){name}.*eros local env --unset"):
        check_environment(parse("prod", STATED), {name: LOCAL_SHELL[name]})


def test_a_local_stack_is_stopped_when_the_shell_points_to_google() -> None:
    with pytest.raises(SettingsError, match="eros local env"):
        check_environment(parse("local", {**STATED, "cloud": "local"}), {"HOME": "/home/ann"})


def test_each_stack_runs_where_it_belongs() -> None:
    check_environment(parse("local", STATED), LOCAL_SHELL)
    check_environment(parse("dev", {**STATED, "cloud": "local"}), LOCAL_SHELL)
    check_environment(parse("prod", STATED), {"HOME": "/home/ann", "PULUMI_DEBUG_PROVIDERS": "aws:1"})


def test_other_providers_and_empty_values_redirect_nothing() -> None:
    assert redirections({"PULUMI_DEBUG_PROVIDERS": "aws:1", "GOOGLE_IAM_CUSTOM_ENDPOINT": ""}) == []


@pytest.mark.parametrize(
    ("value", "says"),
    [('{"devops": "ann"}', "must be one e-mail address"), ('{"Dev Ops": "ann@example.com"}', "must be a name")],
)
def test_an_alert_reaches_addresses_by_names(value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        parse("prod", {**STATED, "alertRecipients": value})


@pytest.mark.parametrize("source", ["Eros_Scheduling_Brain", "EROS_SCHEDULING_BRAIN"])
def test_a_dataset_of_sources_that_differs_from_the_dataset_in_case_only_is_refused(source: str) -> None:
    said = rf"(?s)sourceDataset: '{source}' differs from dataset 'eros_scheduling_brain' in case only.*fix: pulumi"
    with pytest.raises(SettingsError, match=said):
        parse("prod", {**STATED, "sourceDataset": source})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"project": "Of"}, r"eros-bootstrap:project: 'Of' must be .*\n  fix: pulumi -C bootstrap config set project"),
        ({"cloud": "local"}, r"eros-bootstrap:project: no value\n .*-s prod \(see bootstrap/Pulumi.yaml\)"),
        (
            {"dataset": "x"},
            r"eros-bootstrap:dataset: no such key\n  fix: pulumi -C bootstrap config rm dataset -s prod",
        ),
    ],
)
def test_messages_on_keys_of_bootstrap_name_its_own_project_and_folder(values: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        parse("prod", {**BOOTSTRAP, **values}, BootstrapSettings)
    assert "eros-platform:" not in str(caught.value)


def test_a_program_refuses_a_plain_key_that_was_stored_as_a_secret() -> None:
    key = f"{pulumi.get_project()}:owner"
    pulumi.runtime.set_all_config({key: "data-platform"}, [key])
    try:
        with pytest.raises(SettingsError, match=r"(?s)eros-platform:owner is stored as a secret.*--plaintext -s"):
            load()
    finally:
        pulumi.runtime.set_all_config({}, [])


def test_what_bootstrap_leaves_open_follows_from_the_project_and_its_place() -> None:
    settings = parse("prod", {**BOOTSTRAP, "project": "of-scheduler-proj"}, BootstrapSettings)
    assert settings.state_bucket_name == "of-scheduler-proj-pulumi-state"
    assert settings.key_location == "europe"
    assert settings.environments == {"production": "refs/heads/main"}
    assert (settings.repository, settings.billing_account) == (None, None)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("repository", "acme", "must be OWNER/NAME of a GitHub repository"),
        ("repository", "acme/eros' || 'a' == 'a", "must be OWNER/NAME of a GitHub repository"),
        ("repositoryId", "4x", "must be a number"),
        ("environments", '{"production": "main"}', "must be what Git calls it, such as refs/heads/main"),
        ("environments", '{"production": "*"}', "must be what Git calls it"),
        ("environments", '{"a-very-long-environment": "refs/heads/main"}', "must be at most 18"),
        ("identityPool", "gcp-pool", "not gcp-"),
        ("keyRing", "a ring", "must be 1 to 63 letters"),
        ("billingAccount", "0123", "must be a billing account such as"),
        ("monthlyBudget", "0", "greater than or equal to 1"),
        ("monthlyBudget", "-5", "greater than or equal to 1"),
        ("logRetentionDays", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_value_of_bootstrap_is_refused(key: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=rf"eros-bootstrap:{key}.*{said}"):
        parse("prod", {**BOOTSTRAP, "project": "of-scheduler-proj", key: value}, BootstrapSettings)
